#pragma once

#include "storage/column_chunk.hpp"
#include "storage/errors.hpp"
#include "storage/field_texts.hpp"
#include "storage/value_filter.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// How row groups are made of rows, and of other groups (storage/row_groups.hpp).
namespace weir::storage
{

class connection;
class rows;

/// The keys of a group, and which of its rows it still has.
struct group_part {
    encoded_chunk ids;
    std::vector<std::uint8_t> kept;
    std::int64_t deleted_to = 0;
    bool has_all_properties = true;
};

/// errc::not_found when there is no such group.
result<group_part> read_part(connection& db, std::int64_t group);

/// A group as it is written.
struct group_content {
    struct column {
        std::string field;
        encoded_chunk chunk;
        std::vector<value_filter_part> filter;
    };

    std::size_t rows = 0;
    bool has_all_properties = true;
    encoded_chunk ids;
    std::vector<column> columns;
    std::vector<field_texts::changed_part> texts; ///< of lists, with those that are new
    std::vector<std::string> damaged_lists;       ///< fields whose lists could not be read, and are done without
};

/// Gathers what becomes a group.
class group_builder
{
public:
    /// A large group has its texts in lists, and filters of its values.
    explicit group_builder(bool is_large = false);

    /// Adds the rows of a JSON array; those that were deleted meanwhile are not there.
    result<void> read(connection& db, std::string const& row_ids);

    /// Adds the rows that a group still has; errc::not_found when it is not there, errc::damaged when it cannot be
    /// read.
    result<void> take(connection& db, std::int64_t group);

    /// Up to which key a group that was taken had been deleted.
    std::int64_t deleted_to(std::int64_t group) const { return deleted_to_.at(group); }

    result<group_content> content(connection& db) const;

private:
    result<void> list_texts(connection& db, group_content::column& column, std::size_t& most_bytes,
                            group_content& made) const;
    void add(storage::rows const& row);
    void close(std::set<std::string> const& names);
    column_builder* column_of(std::string_view field);
    column_builder* property(std::string_view name);

    bool is_large_;
    std::size_t rows_ = 0;
    bool has_all_properties_ = true;
    std::map<std::int64_t, std::int64_t> deleted_to_;
    column_builder ids_;
    std::vector<column_builder> columns_; ///< of grouped_fields
    std::map<std::string, column_builder, std::less<>> properties_;
};

} // namespace weir::storage
