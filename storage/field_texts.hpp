#pragma once

#include "storage/errors.hpp"
#include "storage/group_fields.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weir::storage
{

class connection;

/// The first place of some bytes that a text which is wanted has, among texts and other bytes; npos where there is
/// none.
using text_finder = std::function<std::size_t(std::string_view)>;

/// The texts that large groups have of a field, each once and with a number from 0 on, which stands for it in their
/// chunks (schema/13_field_texts.sql). Only the thread that makes groups writes them.
///
/// A part in the database has 2048 numbers; of each the length of its text in four bytes and the text, or 0xFFFFFFFF
/// alone when it is free.
class field_texts
{
public:
    /// errc::damaged when they are.
    static result<field_texts> read(connection& db, field_name field);

    /// Calls `use(number, text)` for the texts that `find` does not rule out, in the order of their numbers, without
    /// keeping any.
    static result<void> each(connection& db, field_name field, text_finder const& find,
                             std::function<void(std::int64_t, std::string_view)> const& use);

    /// Whether they have become so many that no others are added: then it takes longer to read them than they save.
    static result<bool> are_full(connection& db, field_name field);

    /// errc::damaged when they are; without keeping any.
    static result<void> check(connection& db, field_name field);

    /// All numbers are below that.
    std::int64_t size() const { return std::ssize(texts_); }
    /// None where a number is free, or none.
    std::optional<std::string_view> text_of(std::int64_t number) const;

    /// Each text's number, in their order; those that are not there get one. None, and nothing is added, when they have
    /// no room for all, or would grow by more than `most_bytes`, which is otherwise lowered by what they grow. Not to
    /// be mixed with `forget`.
    std::optional<std::vector<std::int64_t>> numbers_of(std::vector<std::string_view> const& texts,
                                                        std::size_t& most_bytes);
    void forget(std::int64_t number);

    /// A part as it is written.
    struct changed_part {
        std::string field;
        std::size_t part = 0;
        std::string texts;
    };
    /// What has changed since they were read.
    std::vector<changed_part> changes() const;
    static result<void> write(connection& db, std::vector<changed_part> const& changes);

private:
    explicit field_texts(field_name field)
        : field_(field)
    {
    }

    result<void> add_part(std::size_t part, std::string texts);
    void index_texts();
    std::int64_t add(std::string_view text);
    void change(std::size_t number, std::optional<std::string_view> text);

    std::string field_;
    std::deque<std::string> kept_;                       ///< what the texts are in
    std::vector<std::optional<std::string_view>> texts_; ///< by number
    std::size_t bytes_ = 0;
    std::unordered_map<std::string_view, std::int64_t> numbers_;
    std::vector<std::int64_t> free_;
    bool is_indexed_ = false;
    std::set<std::size_t> changed_parts_;
};

} // namespace weir::storage
