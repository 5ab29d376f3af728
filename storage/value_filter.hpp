#pragma once

#include "storage/column_chunk.hpp"
#include "storage/errors.hpp"
#include "storage/group_fields.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// Which values the chunk of a large group may have, told without reading them: of listed texts exactly, of others by a
/// Bloom filter, which takes a value in forty for one that is there.
///
/// A filter is in parts, and a value belongs to the same part in every group, so that one range of table value_filter
/// (schema/14_value_filters.sql) tells it of all groups. The first byte of a part says what the others are:
///
/// - 0: numbers of listed texts less the first of the part, each in two bytes; a part has 4096 numbers
/// - 1: a bit for each of these, the lowest of a byte first; zeros at the end are left out
/// - 2: a Bloom filter of 8 to 512 bytes, a power of two: storage/value_filter.cpp says which bits a value has
namespace weir::storage
{

class connection;

struct value_filter_part {
    std::int64_t part = 0;
    std::string bits{};
};

/// The filter of a chunk; none where the values themselves are read as soon.
std::vector<value_filter_part> value_filter_of(encoded_chunk const& chunk, std::size_t rows);

result<void> write_value_filter(connection& db, field_name field, std::int64_t group,
                                std::vector<value_filter_part> const& parts);
result<void> delete_value_filter(connection& db, field_name field, std::int64_t group, std::int64_t parts);

/// Calls `use` with each number of a field's list that some group has, as often as groups have it; errc::damaged when a
/// part cannot be read.
result<void> each_listed_number(connection& db, field_name field, std::function<void(std::int64_t)> const& use);

/// The groups of which the filters do not rule out that they have one of some values.
class groups_with_values
{
public:
    /// `form` says whether they are numbers of listed texts or others.
    static result<groups_with_values> find(connection& db, field_name field, chunk_form form,
                                           std::vector<std::int64_t> const& values);

    /// Of a group that has a filter.
    bool may_have(std::int64_t group) const;

private:
    std::vector<std::int64_t> groups_{}; ///< in order
    bool may_all_ = false;               ///< so many values were asked for that most groups have one
};

} // namespace weir::storage
