#include "storage/group_builder.hpp"

#include "storage/connection.hpp"
#include "storage/group_fields.hpp"
#include "storage/json_text.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

namespace weir::storage
{
namespace
{

/// So much may be new in a group's texts, of all its fields: to write it takes some milliseconds.
constexpr std::size_t most_new_bytes = 1024UL * 1024;

/// So many parts of filters are written with a group, each on a page of its own: those of all numbers, and of some
/// properties. Filters of listed texts are always there, since they say which texts are in use.
constexpr std::size_t most_filter_parts = 256;

/// Of a group's properties so many are fields; more tell of names that are made up for each call.
constexpr std::size_t most_properties = 64;

/// Where a group has the values of a field near each other, its least and greatest tell as much as a filter.
bool follows_time(field_name field)
{
    auto const all = grouped_fields();
    auto const found = std::ranges::find(all, field, &grouped::field);
    return found != all.end() && found->follows_time;
}

} // namespace

result<group_part> read_part(connection& db, std::int64_t group)
{
    auto found = db.query(
        "SELECT row_count,has_all_properties,deleted_to,first_row,last_row,row_ids FROM row_group WHERE id=?1", group);
    if (!found) return found.error();
    if (!found->next()) return found->error() ? found->error() : make_error_code(errc::not_found);
    group_part part{.ids = {.least = found->get<std::int64_t>(3),
                            .greatest = found->get<std::int64_t>(4),
                            .content = found->get<std::string>(5)},
                    .kept = std::vector<std::uint8_t>(found->get<std::size_t>(0), 1),
                    .deleted_to = found->get<std::int64_t>(2),
                    .has_all_properties = found->get<bool>(1)};
    auto const ids = values_of(part.ids, part.kept.size());
    if (ids.size() != part.kept.size()) return make_error_code(errc::damaged);
    for (std::size_t row = 0; row < ids.size(); ++row) part.kept[row] = ids[row] > part.deleted_to ? 1 : 0;
    auto gaps = db.query("SELECT position FROM row_group_gap WHERE row_group=?1", group);
    if (!gaps) return gaps.error();
    while (gaps->next())
        if (auto const row = gaps->get<std::size_t>(0); row < part.kept.size()) part.kept[row] = 0;
    if (gaps->error()) return gaps->error();
    return part;
}

group_builder::group_builder(bool is_large)
    : is_large_(is_large)
    , columns_(grouped_fields().size(), column_builder(!is_large))
{
}

result<void> group_builder::read(connection& db, std::string const& row_ids)
{
    auto found = db.query(grouped_rows_query(), row_ids);
    if (!found) return found.error();
    while (found->next()) add(*found);
    if (found->error()) return found->error();
    return {};
}

result<void> group_builder::take(connection& db, std::int64_t group)
{
    auto const part = read_part(db, group);
    if (!part) return part.error();
    deleted_to_[group] = part->deleted_to;
    ids_.add(rows_, part->ids, part->kept);
    auto found = db.query("SELECT v.field,v.content," WEIR_CHUNK_HEAD " FROM column_content AS v CROSS JOIN"
                          " column_chunk AS c ON c.field=v.field AND c.row_group=v.row_group WHERE v.row_group=?1",
                          group);
    if (!found) return found.error();
    std::set<std::string> names;
    while (found->next()) {
        auto const field = found->get<std::string>(0);
        auto chunk = chunk_head_in(*found, 2);
        if (!chunk) return make_error_code(errc::damaged);
        chunk->content = found->get<std::string>(1);
        auto const rows = part->kept.size();
        bool const is_there = chunk->content.empty() ? chunk->is_constant(rows) : has_values(*chunk, rows);
        if (!is_there) return make_error_code(errc::damaged);
        names.insert(field);
        if (chunk->form == chunk_form::listed) {
            auto const texts = field_texts::read(db, field);
            if (!texts) return texts.error();
            chunk = unlisted(*chunk, rows, *texts);
            if (!chunk) return make_error_code(errc::damaged);
        }
        if (auto* const column = column_of(field)) column->add(rows_, *chunk, part->kept);
    }
    if (found->error()) return found->error();
    if (!part->has_all_properties) close(names);
    rows_ += static_cast<std::size_t>(std::ranges::count(part->kept, 1));
    return {};
}

result<group_content> group_builder::content(connection& db) const
{
    group_content made{.rows = rows_,
                       .has_all_properties = has_all_properties_,
                       .ids = ids_.encoded(rows_),
                       .columns = {},
                       .texts = {},
                       .damaged_lists = {}};
    auto const put = [&](std::string field, column_builder const& column) {
        if (!column.is_empty())
            made.columns.push_back({.field = std::move(field), .chunk = column.encoded(rows_), .filter = {}});
    };
    auto const fields = grouped_fields();
    for (std::size_t i = 0; i < columns_.size(); ++i) put(std::string(fields[i].field), columns_[i]);
    for (auto const& [name, column] : properties_) put(property_field(name), column);
    if (!is_large_) return made;
    auto bytes_left = most_new_bytes;
    auto parts_left = most_filter_parts;
    for (auto& column : made.columns) {
        if (auto const done = list_texts(db, column, bytes_left, made); !done) return done.error();
        if (follows_time(column.field)) continue;
        column.filter = value_filter_of(column.chunk, rows_);
        if (column.chunk.form != chunk_form::listed && column.filter.size() > parts_left) column.filter.clear();
        if (column.filter.empty()) continue;
        parts_left -= std::min(parts_left, column.filter.size());
        column.chunk.filter_parts = column.filter.back().part + 1;
    }
    return made;
}

/// One list after the other: they are large.
result<void> group_builder::list_texts(connection& db, group_content::column& column, std::size_t& most_bytes,
                                       group_content& made) const
{
    auto& chunk = column.chunk;
    if (chunk.form != chunk_form::texts) return {};
    auto const are_full = field_texts::are_full(db, column.field);
    if (!are_full) return are_full.error();
    std::optional<encoded_chunk> by_numbers;
    result<void> read;
    if (*are_full) {
        read = field_texts::check(db, column.field);
    } else if (auto texts = field_texts::read(db, column.field)) {
        by_numbers = listed(chunk, rows_, *texts, most_bytes);
        std::ranges::move(texts->changes(), std::back_inserter(made.texts));
    } else {
        read = texts.error();
    }
    if (!read && read.error() != errc::damaged) return read;
    if (!read) made.damaged_lists.push_back(column.field);
    chunk = by_numbers ? std::move(*by_numbers) : with_bounded_dictionary(std::move(chunk), rows_);
    return {};
}

/// A row of `grouped_rows_query`.
void group_builder::add(storage::rows const& row)
{
    ids_.add(rows_, row.get<std::int64_t>(0));
    auto const fields = grouped_fields();
    int at = 0;
    for (auto& column : columns_) {
        ++at;
        if (fields[static_cast<std::size_t>(at) - 1].is_text) {
            if (auto const text = row.get<std::optional<std::string_view>>(at)) column.add(rows_, *text);
        } else if (auto const number = row.get<std::optional<std::int64_t>>(at)) {
            column.add(rows_, *number);
        }
    }
    for (auto const& [name, value] : pairs_of_json(row.get<std::string_view>(++at)))
        if (auto* const column = property(name)) column->add(rows_, value);
    ++rows_;
}

/// From now on only those of these properties are fields that are: calls may have others, and nobody knows which.
void group_builder::close(std::set<std::string> const& names)
{
    std::erase_if(properties_, [&](auto const& each) { return !names.contains(property_field(each.first)); });
    has_all_properties_ = false;
}

/// The column of a field; null where that is a property too many.
column_builder* group_builder::column_of(std::string_view field)
{
    auto const fields = grouped_fields();
    for (std::size_t i = 0; i < columns_.size(); ++i)
        if (fields[i].field == field) return &columns_[i];
    auto const name = property_of_field(field);
    return name ? property(*name) : nullptr;
}

column_builder* group_builder::property(std::string_view name)
{
    auto const found = properties_.find(name);
    if (found != properties_.end()) return &found->second;
    bool const is_open = has_all_properties_ && properties_.size() < most_properties;
    if (is_open) return &properties_.try_emplace(std::string(name), !is_large_).first->second;
    has_all_properties_ = false;
    return nullptr;
}

} // namespace weir::storage
