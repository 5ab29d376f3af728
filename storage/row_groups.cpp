#include "storage/row_groups.hpp"

#include "storage/collect.hpp"
#include "storage/column_chunk.hpp"
#include "storage/field_text_check.hpp"
#include "storage/field_texts.hpp"
#include "storage/filter_columns.hpp"
#include "storage/json_text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

namespace weir::storage
{
namespace
{

/// A group is made of so many rows that wait: to look through them costs a search about as much as all groups.
constexpr std::size_t rows_of_small_group = 1024;

/// So many small groups become one, which a search asks in the time of one of them. The index of small groups has those
/// of less than half its rows.
constexpr std::int64_t small_groups_of_large = 16;
constexpr std::size_t least_rows_of_large = 8192;

/// So much may be new in a group's texts, of all its fields: to write it takes some milliseconds.
constexpr std::size_t most_new_bytes = 1024UL * 1024;

/// Of a group's properties so many are fields; more tell of names that are made up for each call.
constexpr std::size_t most_properties = 64;

struct grouped {
    field_name field;
    bool is_text = false;
};

/// What filters compare and dashboards add up. But for some, a field is the value of a filter's column.
constexpr grouped all_fields[] = {
    {fields::organization},
    {fields::created},
    {fields::ended},
    {fields::latency},
    {fields::first_token},
    {fields::status},
    {fields::cost},
    {fields::prompt_tokens},
    {fields::completion_tokens},
    {fields::total_tokens},
    {fields::cache_read_tokens},
    {fields::cache_write_tokens},
    {"(r.completion_tokens+r.prompt_tokens)"},
    {"(r.status=-4)"},
    {fields::assets},
    {fields::provider, true},
    {fields::model, true},
    {fields::user, true},
    {fields::session, true},
    {"r.request_model", true},
    {"r.response_model", true},
    {"coalesce(r.model_override,r.response_model,r.request_model)", true},
    {"r.model_override", true},
    {"r.path", true},
    {"r.target_url", true},
    {"r.prompt_id", true},
    {"r.provider_auth_hash", true},
};

constexpr std::string_view property_prefix = "properties.";

/// "SELECT r.id, …" of all fields in their order, and the properties.
std::string const& selection()
{
    static std::string const made = [] {
        std::string text = "SELECT r.id";
        for (auto const& each : all_fields) (text += ',') += each.field;
        return text + ",r.properties FROM request AS r WHERE r.id IN (SELECT value FROM json_each(?1)) ORDER BY r.id";
    }();
    return made;
}

/// A group as it is written.
struct group_content {
    std::size_t rows = 0;
    bool has_all_properties = true;
    encoded_chunk ids;
    std::vector<std::pair<std::string, encoded_chunk>> chunks;
    std::vector<field_texts::changed_part> texts; ///< of lists, with those that are new
};

result<void> insert_group(connection& db, group_content const& content)
{
    if (content.rows == 0) return {};
    if (auto done = field_texts::write(db, content.texts); !done) return done;
    auto const group = first_value<std::int64_t>(db.query(
        "INSERT INTO row_group (row_count,has_all_properties,first_row,last_row,row_ids)"
        " VALUES (?1,?2,?3,?4,?5) RETURNING id",
        content.rows, content.has_all_properties, content.ids.least, content.ids.greatest, blob{content.ids.content}));
    if (!group) return group.error();
    for (auto const& [field, chunk] : content.chunks) {
        auto done = db.execute("INSERT INTO column_chunk (field,row_group," WEIR_CHUNK_HEAD ")"
                               " VALUES (?1,?2,?3,?4,?5,?6)",
                               field, *group, chunk.form, chunk.least, chunk.greatest, blob{chunk.dictionary});
        if (!done) return done;
        done = db.execute("INSERT INTO column_content (row_group,field,content) VALUES (?1,?2,?3)", *group, field,
                          blob{chunk.content});
        if (!done) return done;
    }
    return {};
}

/// The keys of a group, and which of its rows it still has.
struct group_part {
    encoded_chunk ids;
    std::vector<std::uint8_t> kept;
    std::int64_t deleted_to = 0;
    bool has_all_properties = true;
};

/// errc::not_found when there is no such group.
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

/// Gathers what becomes a group.
class group_builder
{
public:
    /// A large group has its texts in lists.
    explicit group_builder(bool is_large = false)
        : is_large_(is_large)
    {
        if (is_large) columns_.fill(column_builder(false));
    }

    /// Adds the rows of a JSON array; those that were deleted meanwhile are not there.
    result<void> read(connection& db, std::string const& row_ids)
    {
        auto found = db.query(selection(), row_ids);
        if (!found) return found.error();
        while (found->next()) add(*found);
        if (found->error()) return found->error();
        return {};
    }

    /// Adds the rows that a group still has; errc::not_found when it is not there, errc::damaged when it cannot be
    /// read.
    result<void> take(connection& db, std::int64_t group)
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
            names.insert(field);
            if (chunk->form == chunk_form::listed) {
                auto const texts = field_texts::read(db, field);
                if (!texts) return texts.error();
                chunk = unlisted(*chunk, part->kept.size(), *texts);
                if (!chunk) return make_error_code(errc::damaged);
            }
            if (auto* const column = column_of(field)) column->add(rows_, *chunk, part->kept);
        }
        if (found->error()) return found->error();
        if (!part->has_all_properties) close(names);
        rows_ += static_cast<std::size_t>(std::ranges::count(part->kept, 1));
        return {};
    }

    /// Up to which key a group that was taken had been deleted.
    std::int64_t deleted_to(std::int64_t group) const { return deleted_to_.at(group); }

    result<group_content> content(connection& db) const
    {
        group_content made{.rows = rows_,
                           .has_all_properties = has_all_properties_,
                           .ids = ids_.encoded(rows_),
                           .chunks = {},
                           .texts = {}};
        auto const put = [&](std::string field, column_builder const& column) {
            if (!column.is_empty()) made.chunks.emplace_back(std::move(field), column.encoded(rows_));
        };
        for (std::size_t i = 0; i < columns_.size(); ++i) put(std::string(all_fields[i].field), columns_[i]);
        for (auto const& [name, column] : properties_) put(property_field(name), column);
        if (!is_large_) return made;
        auto left = most_new_bytes;
        for (auto& [field, chunk] : made.chunks)
            if (auto const done = list_texts(db, field, chunk, left, made.texts); !done) return done.error();
        return made;
    }

private:
    /// One list after the other: they are large.
    result<void> list_texts(connection& db, std::string const& field, encoded_chunk& chunk, std::size_t& left,
                            std::vector<field_texts::changed_part>& changes) const
    {
        if (chunk.form != chunk_form::texts) return {};
        auto const are_full = field_texts::are_full(db, field);
        if (!are_full) return are_full.error();
        std::optional<encoded_chunk> made;
        if (!*are_full) {
            auto texts = field_texts::read(db, field);
            if (!texts) return texts.error();
            made = listed(chunk, rows_, *texts, left);
            std::ranges::move(texts->changes(), std::back_inserter(changes));
        }
        chunk = made ? std::move(*made) : with_bounded_dictionary(std::move(chunk), rows_);
        return {};
    }

    /// A row of `selection`.
    void add(storage::rows const& row)
    {
        ids_.add(rows_, row.get<std::int64_t>(0));
        int at = 0;
        for (auto& column : columns_) {
            ++at;
            if (all_fields[at - 1].is_text) {
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
    void close(std::set<std::string> const& names)
    {
        std::erase_if(properties_, [&](auto const& each) { return !names.contains(property_field(each.first)); });
        has_all_properties_ = false;
    }

    /// The column of a field; null where that is a property too many.
    column_builder* column_of(std::string_view field)
    {
        for (std::size_t i = 0; i < columns_.size(); ++i)
            if (all_fields[i].field == field) return &columns_[i];
        return field.starts_with(property_prefix) ? property(field.substr(property_prefix.size())) : nullptr;
    }

    column_builder* property(std::string_view name)
    {
        auto const found = properties_.find(name);
        if (found != properties_.end()) return &found->second;
        bool const is_open = has_all_properties_ && properties_.size() < most_properties;
        if (is_open) return &properties_.try_emplace(std::string(name), !is_large_).first->second;
        has_all_properties_ = false;
        return nullptr;
    }

    bool is_large_;
    std::size_t rows_ = 0;
    bool has_all_properties_ = true;
    std::map<std::int64_t, std::int64_t> deleted_to_;
    column_builder ids_;
    std::array<column_builder, std::size(all_fields)> columns_;
    std::map<std::string, column_builder, std::less<>> properties_;
};

/// Rows that wait, as one JSON array, and the last entry of theirs.
struct waiting_rows {
    std::string row_ids;
    std::size_t count = 0;
    std::int64_t last_entry = 0;
};

result<waiting_rows> find_waiting(connection& db)
{
    auto found = db.query("SELECT id,row_ids FROM ungrouped_rows ORDER BY id");
    if (!found) return found.error();
    waiting_rows waiting;
    while (waiting.count < rows_of_small_group && found->next()) {
        auto const row_ids = found->get<std::string>(1);
        waiting.last_entry = found->get<std::int64_t>(0);
        waiting.count += static_cast<std::size_t>(std::ranges::count(row_ids, ',')) + 1;
        waiting.row_ids += waiting.row_ids.empty() ? '[' : ',';
        waiting.row_ids += std::string_view(row_ids).substr(1, row_ids.size() - 2);
    }
    if (found->error()) return found->error();
    waiting.row_ids += ']';
    return waiting;
}

/// A place in a group.
struct group_place {
    std::int64_t group = 0;
    std::size_t position = 0;
};

/// The groups that may have one of these rows, which are in order.
result<std::vector<std::int64_t>> groups_around(connection& db, std::vector<std::int64_t> const& rows)
{
    auto found = db.query("SELECT id,first_row,last_row FROM row_group WHERE last_row>=?1 AND first_row<=?2",
                          rows.front(), rows.back());
    if (!found) return found.error();
    std::vector<std::int64_t> groups;
    while (found->next()) {
        auto const first = std::ranges::lower_bound(rows, found->get<std::int64_t>(1));
        if (first != rows.end() && *first <= found->get<std::int64_t>(2)) groups.push_back(found->get<std::int64_t>(0));
    }
    if (found->error()) return found->error();
    return groups;
}

/// The places that the groups there are have of a new group's rows. Only this thread makes groups.
result<std::vector<group_place>> find_replaced(connection& db, group_content const& by)
{
    std::vector<group_place> places;
    if (by.rows == 0) return places;
    auto const rows = values_of(by.ids, by.rows);
    auto const groups = groups_around(db, rows);
    if (!groups) return groups.error();
    for (auto const group : *groups) {
        auto const part = read_part(db, group);
        if (!part && part.error() == errc::not_found) continue; // pruned meanwhile
        if (!part) return part.error();
        std::size_t position = 0;
        for (auto const id : values_of(part->ids, part->kept.size())) {
            if (std::ranges::binary_search(rows, id)) places.push_back({group, position});
            ++position;
        }
    }
    return places;
}

/// errc::not_found when there is no such group.
result<void> delete_group(connection& db, std::int64_t group)
{
    for (auto const* sql :
         {"INSERT INTO field_text_check (field) SELECT v.field FROM column_content AS v CROSS JOIN column_chunk AS c"
          " ON c.field=v.field AND c.row_group=v.row_group WHERE v.row_group=?1 AND c.form=3",
          "DELETE FROM column_chunk WHERE row_group=?1"
          " AND field IN (SELECT field FROM column_content WHERE row_group=?1)",
          "DELETE FROM column_content WHERE row_group=?1", "DELETE FROM row_group_gap WHERE row_group=?1"})
        if (auto done = db.execute(sql, group); !done) return done;
    return changed_one(db, db.execute("DELETE FROM row_group WHERE id=?1", group));
}

/// Notes that a group has no longer what stands in these places. Where that is much of it, the rest waits for another.
result<void> insert_gaps(connection& db, std::vector<group_place> const& places)
{
    constexpr std::int64_t most_divisor = 8;
    std::set<std::int64_t> groups;
    for (auto const& [group, position] : places) {
        groups.insert(group);
        auto const done = db.execute("INSERT OR IGNORE INTO row_group_gap (row_group,position)"
                                     " SELECT ?1,?2 WHERE EXISTS (SELECT 1 FROM row_group WHERE id=?1)",
                                     group, position);
        if (!done) return done;
    }
    for (auto const group : groups) {
        auto const has_many = is_any(db.query("SELECT 1 FROM row_group AS g WHERE g.id=?1 AND g.row_count<=?2*"
                                              "(SELECT count(*) FROM row_group_gap AS p WHERE p.row_group=g.id)",
                                              group, most_divisor));
        if (!has_many) return has_many.error();
        if (!*has_many) continue;
        auto const part = read_part(db, group);
        if (!part) return part.error();
        std::vector<row_id> left;
        for (std::size_t row = 0; row < part->kept.size(); ++row)
            if (part->kept[row]) left.push_back(row_id{value_at(part->ids, part->kept.size(), row)});
        if (auto done = note_ungrouped(db, left); !done) return done;
        if (auto done = delete_group(db, group); !done) return done;
    }
    return {};
}

// What a group is made of is read before the transaction, which is to be short. What was deleted between is
// errc::not_found.

/// A row that changes meanwhile waits again, behind the last entry.
result<std::size_t> group_waiting(connection& db, std::function<void()> const& before_writing)
{
    auto const waiting = find_waiting(db);
    if (!waiting) return waiting.error();
    if (waiting->count < rows_of_small_group) return std::size_t{0};
    group_builder group(waiting->count >= least_rows_of_large);
    if (auto const read = group.read(db, waiting->row_ids); !read) return read.error();
    auto const content = group.content(db);
    if (!content) return content.error();
    auto const replaced = find_replaced(db, *content);
    if (!replaced) return replaced.error();
    before_writing();
    auto begun = transaction::begin(db);
    if (!begun) return begun.error();
    auto const there = first_value<std::size_t>(
        db.query("SELECT count(*) FROM request WHERE id IN (SELECT value FROM json_each(?1))", waiting->row_ids));
    if (!there) return there.error();
    if (*there != content->rows) return make_error_code(errc::not_found);
    if (auto const done = db.execute("DELETE FROM ungrouped_rows WHERE id<=?1", waiting->last_entry); !done)
        return done.error();
    if (auto const done = insert_gaps(db, *replaced); !done) return done.error();
    if (auto const done = insert_group(db, *content); !done) return done.error();
    if (auto const done = begun->commit(); !done) return done.error();
    return waiting->count;
}

/// Makes one group of the small ones, if there are enough of them; returns its rows.
result<std::size_t> join_small_groups(connection& db, std::function<void()> const& before_writing)
{
    auto const small = collect_column<std::int64_t>(
        db.query("SELECT id FROM row_group INDEXED BY row_group_small WHERE row_count<8192 ORDER BY id LIMIT ?1",
                 small_groups_of_large));
    if (!small) return small.error();
    if (std::ssize(*small) < small_groups_of_large) return std::size_t{0};
    group_builder group(true);
    for (auto const id : *small)
        if (auto const taken = group.take(db, id); !taken) return taken.error();
    auto const content = group.content(db);
    if (!content) return content.error();
    before_writing();
    auto begun = transaction::begin(db);
    if (!begun) return begun.error();
    for (auto const id : *small) {
        auto const deleted_to = first_value<std::int64_t>(db.query("SELECT deleted_to FROM row_group WHERE id=?1", id));
        if (!deleted_to) return deleted_to.error();
        if (*deleted_to != group.deleted_to(id)) return make_error_code(errc::not_found);
        if (auto const done = delete_group(db, id); !done) return done.error();
    }
    if (auto const done = insert_group(db, *content); !done) return done.error();
    if (auto const done = begun->commit(); !done) return done.error();
    return std::max<std::size_t>(content->rows, 1);
}

} // namespace

field_name grouped_field(filter_condition const& what)
{
    auto const* column = find_filter_column(what.table, what.column);
    if (!column || column->pass != filter_pass::rows) return {};
    auto value = column->value;
    if (value == "coalesce(r.user_id,'')") value = fields::user;
    if (value == "(r.ended_us-r.created_us)") value = fields::latency;
    auto const* const found = std::ranges::find(all_fields, value, &grouped::field);
    return found == std::end(all_fields) ? field_name() : found->field;
}

std::string property_field(std::string_view name) { return std::string(property_prefix).append(name); }

result<void> note_ungrouped(connection& db, std::span<row_id const> rows)
{
    while (!rows.empty()) {
        auto const some = rows.first(std::min(rows.size(), rows_of_small_group));
        auto done = db.execute("INSERT INTO ungrouped_rows (row_ids) VALUES (?1)", json_of_rows(some));
        if (!done) return done;
        rows = rows.subspan(some.size());
    }
    return {};
}

result<std::size_t> group_some_rows(connection& db, std::function<void()> const& before_writing)
{
    auto const forgotten = forget_unused_texts(db, before_writing);
    if (!forgotten) return forgotten.error();
    if (*forgotten) return std::size_t{1};
    auto const joined = join_small_groups(db, before_writing);
    if (!joined && joined.error() != errc::not_found) return joined;
    if (joined && *joined > 0) return joined;
    auto const grouped = group_waiting(db, before_writing);
    bool const is_again = !grouped && grouped.error() == errc::not_found;
    return is_again ? result<std::size_t>(1) : grouped;
}

result<void> ungroup_rows(connection& db, row_id last)
{
    auto const groups = collect_column<std::int64_t>(db.query("SELECT id FROM row_group WHERE last_row<=?1", last));
    if (!groups) return groups.error();
    for (auto const group : *groups)
        if (auto done = delete_group(db, group); !done) return done;
    return db.execute("UPDATE row_group SET deleted_to=?1 WHERE last_row>?1 AND first_row<=?1", last);
}

} // namespace weir::storage
