#include "storage/group_columns.hpp"

#include "storage/collect.hpp"
#include "storage/json_text.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace weir::storage
{
namespace
{

result<void> add_heads(result<rows> found, std::unordered_map<std::int64_t, std::optional<encoded_chunk>>& to)
{
    if (!found) return found.error();
    while (found->next()) {
        auto head = chunk_head_in(*found, 1);
        if (!head) return make_error_code(errc::damaged);
        auto& known = to[found->get<std::int64_t>(0)];
        if (!known) known = std::move(*head);
    }
    if (found->error()) return found->error();
    return {};
}

} // namespace

result<void> group_columns::find()
{
    if (auto const found = find_groups(); !found) return found;
    return groups_.empty() ? result<void>() : find_exceptions();
}

result<void> group_columns::find_groups()
{
    auto all = collect(db_->query("SELECT id,row_count,first_row,last_row,has_all_properties,deleted_to FROM row_group"
                                  " ORDER BY last_row DESC"),
                       [](rows const& row) {
                           return row_group{.id = row.get<std::int64_t>(0),
                                            .rows = row.get<std::size_t>(1),
                                            .first_row = row.get<std::int64_t>(2),
                                            .last_row = row.get<std::int64_t>(3),
                                            .has_all_properties = row.get<bool>(4),
                                            .deleted_to = row.get<std::int64_t>(5)};
                       });
    if (!all) return all.error();
    groups_ = std::move(*all);
    return {};
}

/// What the groups there are, of which there is one, do not say of the rows up to their newest.
result<void> group_columns::find_exceptions()
{
    auto found = db_->query("SELECT row_ids FROM ungrouped_rows");
    if (!found) return found.error();
    while (waiting_.size() <= most_waiting && found->next()) {
        auto const some = rows_of_json(found->get<std::string_view>(0));
        if (!some) return make_error_code(errc::damaged);
        for (auto const id : *some)
            if (static_cast<std::int64_t>(id) <= groups_.front().last_row)
                waiting_.push_back(static_cast<std::int64_t>(id));
    }
    if (found->error()) return found->error();
    std::ranges::sort(waiting_);
    auto const any_gap = is_any(db_->query("SELECT 1 FROM row_group_gap LIMIT 1"));
    if (!any_gap) return any_gap.error();
    has_gaps_ = *any_gap;
    return {};
}

result<std::vector<std::int64_t>> group_columns::read_ids(row_group const& of, std::vector<std::size_t> const& places)
{
    if (!keys_) {
        auto opened = stored_blob::open(*db_, "row_group", "row_ids", of.id);
        if (!opened) return opened.error();
        keys_ = std::move(*opened);
    } else if (auto const moved = keys_->move_to(of.id); !moved) {
        return moved.error();
    }
    auto const bytes = keys_->size() / std::max<std::size_t>(of.rows, 1);
    std::array<char, sizeof(std::int64_t)> key{};
    if (bytes > key.size() || bytes * of.rows != keys_->size()) return make_error_code(errc::damaged);
    std::vector<std::int64_t> ids;
    for (auto const row : places) {
        if (auto const read = keys_->read(row * bytes, std::span(key).first(bytes)); !read) return read.error();
        ids.push_back(value_at({of.first_row, {key.data(), bytes}}, 1, 0));
    }
    return ids;
}

result<encoded_chunk const*> group_columns::head_of(row_group const& in, field_name field)
{
    constexpr std::size_t single_divisor = 16; // a group by itself takes the time of seven or eight of all
    auto known = heads_.find(field);
    if (known == heads_.end()) known = heads_.emplace(std::string(field), known_heads()).first;
    auto& [of_groups, is_complete] = known->second;
    auto found = of_groups.find(in.id);
    if (found == of_groups.end() && !is_complete) {
        bool const is_single = of_groups.size() < groups_.size() / single_divisor;
        if (auto const read = is_single ? read_head(field, in, of_groups) : read_heads(field, of_groups); !read)
            return read.error();
        is_complete = !is_single;
        found = of_groups.find(in.id);
    }
    return found == of_groups.end() || !found->second ? nullptr : &*found->second;
}

result<void> group_columns::read_head(field_name field, row_group const& of, heads_of_groups& to)
{
    to.try_emplace(of.id);
    return add_heads(db_->query("SELECT row_group," WEIR_CHUNK_HEAD " FROM column_chunk WHERE field=?1"
                                " AND row_group=?2",
                                field, of.id),
                     to);
}

result<void> group_columns::read_heads(field_name field, heads_of_groups& to)
{
    return add_heads(db_->query("SELECT row_group," WEIR_CHUNK_HEAD " FROM column_chunk WHERE field=?1", field), to);
}

result<field_texts const*> group_columns::texts_of_field(std::string const& field)
{
    auto found = texts_.find(field);
    if (found == texts_.end()) {
        auto read = field_texts::read(*db_, field);
        if (!read) return read.error();
        found = texts_.emplace(field, std::move(*read)).first;
    }
    return &found->second;
}

} // namespace weir::storage
