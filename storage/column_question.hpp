#pragma once

#include "storage/column_chunk.hpp"
#include "storage/errors.hpp"
#include "storage/filter.hpp"
#include "storage/filter_columns.hpp"
#include "storage/like.hpp"
#include "storage/related_rows.hpp"
#include "storage/request_record.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a filter asks of the columns of row groups (storage/row_groups.hpp).
namespace weir::storage
{

class connection;

/// Keys of calls: first <= key < end.
struct key_range {
    std::int64_t first = std::numeric_limits<std::int64_t>::min(), end = std::numeric_limits<std::int64_t>::max();
};

/// What a condition asks of a value that is there, as storage/filter.cpp writes it in SQL. Uses the connection's
/// interruption, at which a comparison of texts passes or not, whatever they are.
class value_test
{
public:
    value_test(connection const& db, filter_condition const& of, filter_family family);
    /// That a text is one of these.
    value_test(connection const& db, std::vector<std::string> these);

    bool passes(std::string_view text) const;
    /// The first place of some bytes that a text which stands among them and passes may have; npos where none does.
    std::size_t find_within(std::string_view bytes) const;
    /// Of those that are compared with a number or a time: which pass.
    number_range const& numbers() const { return numbers_; }

    bool is_of_text() const { return is_text_; }
    /// What a text has to hash to, in order; none where it need not be equal to one of some.
    std::optional<std::vector<std::int64_t>> hashes() const;

    /// Of calls that were made at such a time.
    key_range keys() const;

private:
    interruption const* early_;
    comparison how_;
    bool is_text_;
    std::string text_;
    std::optional<like_pattern> pattern_{};
    std::vector<std::string> these_{}; ///< in order
    std::int64_t time_us_ = 0;
    number_range numbers_{};
};

/// A filter, as far as groups can tell.
struct column_question {
    enum class kind : std::uint8_t { unknown, of_values, of_presence, of_rows, all_of, any_of };

    kind is = kind::unknown;
    bool is_exact = false;   ///< of_values: whether SQL would tell the same
    bool is_of_time = false; ///< when calls were made, which their keys tell, too
    bool is_of_property = false;
    bool takes_absent = false;         ///< of_values: a call passes that has no value; of_presence: alone
    std::optional<value_test> test{};  ///< of_values
    std::vector<std::string> fields{}; ///< of which one must pass; of_presence: have a value
    related_rows rows{};               ///< of_rows
    std::vector<column_question> parts{};

    bool can_be_exact() const
    {
        bool const is_joined = is == kind::all_of || is == kind::any_of;
        return is_joined ? std::ranges::all_of(parts, &column_question::can_be_exact) : is_exact;
    }

    bool compares_texts() const
    {
        return is == kind::of_rows || (is == kind::of_values && test->is_of_text()) ||
               std::ranges::any_of(parts, &column_question::compares_texts);
    }

    /// The keys beyond one that may pass, in order, where other tables tell them; none where they do not.
    std::optional<std::vector<std::int64_t>> rows_after(std::int64_t last) const;

    /// Whether calls that pass can be told from others by what they are, not when.
    bool narrows() const
    {
        switch (is) {
        case kind::of_values: return !is_of_time;
        case kind::of_presence:
        case kind::of_rows: return true;
        case kind::all_of: return std::ranges::any_of(parts, &column_question::narrows);
        case kind::any_of: return !parts.empty() && std::ranges::all_of(parts, &column_question::narrows);
        default: return false;
        }
    }
};

/// What a filter asks of an organisation's calls; none when columns cannot tell those that pass from others. For a page
/// of the newest it is enough to know the newest of those that other tables name.
result<std::optional<column_question>> column_question_of(connection& db, organization_id organization,
                                                          filter const& what, bool is_for_page);

} // namespace weir::storage
