#pragma once

#include "storage/column_chunk.hpp"
#include "storage/errors.hpp"
#include "storage/filter.hpp"
#include "storage/group_fields.hpp"
#include "storage/ids.hpp"
#include "storage/request_record.hpp"
#include "storage/row_groups.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// Which calls of a row group pass a filter, told by its columns (storage/row_groups.hpp).
namespace weir::storage
{

class connection;

/// Which rows of a group pass.
struct group_verdict {
    enum class kind : std::uint8_t { none, all, some };

    kind is = kind::all;
    bool is_exact = true;             ///< otherwise some of these may not pass, but all others do not
    std::vector<std::uint8_t> mask{}; ///< of some: for each row whether it passes
};

/// Texts of a group's rows, as places in a list; no_value where a row has none.
struct text_column {
    std::vector<std::int64_t> places{};
    std::vector<std::string> texts{};

    /// '' for a row that has none.
    std::string_view text_of(std::size_t row) const
    {
        return places[row] == no_value ? std::string_view() : texts[static_cast<std::size_t>(places[row])];
    }
};

class group_search
{
public:
    /// None when groups cannot tell calls that pass from others, or too many calls have none. All that follows must be
    /// read of one instant. For a page of the newest (storage/column_question.hpp), or for all.
    static result<std::optional<group_search>> find(connection& db, organization_id organization, filter const& what,
                                                    bool is_for_page = false);

    group_search(group_search&&) noexcept;
    group_search& operator=(group_search&&) noexcept;
    ~group_search();

    /// Whether each part of the filter is one that columns can tell; the verdict on a group says whether they did.
    bool is_exact() const;
    /// Whether texts are compared, not numbers alone.
    bool compares_texts() const;

    /// The one with the newest row first.
    std::vector<row_group> const& groups() const;
    /// The greatest key in a group.
    row_id last_row() const { return row_id{groups().front().last_row}; }
    /// Those with greater keys that may pass, in order; none where that is not known.
    std::optional<std::vector<std::int64_t>> newer_rows() const;
    /// The rows up to that which have no group, or none as they are now, in order. All with greater keys have none.
    std::span<std::int64_t const> waiting() const;

    /// Of a group's rows; those that wait, and those that are no longer there, do not pass.
    result<group_verdict> judge(row_group const& of);

    /// The keys of those that pass.
    result<std::vector<std::int64_t>> passing_rows(row_group const& of, group_verdict const& verdict);
    /// The values of a field of numbers, of all rows.
    result<std::vector<std::int64_t>> numbers(row_group const& of, field_name field);
    /// Those of a field of texts; none where the group does not have them as they are.
    result<std::optional<text_column>> texts(row_group const& of, field_name field);

private:
    struct values_asked;
    struct state;
    explicit group_search(std::unique_ptr<state> made);

    std::unique_ptr<state> state_;
};

} // namespace weir::storage
