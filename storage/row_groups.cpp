#include "storage/row_groups.hpp"

#include "storage/collect.hpp"
#include "storage/field_text_check.hpp"
#include "storage/group_builder.hpp"
#include "storage/json_text.hpp"

#include <algorithm>
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

result<void> insert_group(connection& db, group_content const& content)
{
    if (content.rows == 0) return {};
    if (auto done = field_texts::write(db, content.texts); !done) return done;
    auto const group = first_value<std::int64_t>(db.query(
        "INSERT INTO row_group (row_count,has_all_properties,first_row,last_row,row_ids)"
        " VALUES (?1,?2,?3,?4,?5) RETURNING id",
        content.rows, content.has_all_properties, content.ids.least, content.ids.greatest, blob{content.ids.content}));
    if (!group) return group.error();
    for (auto const& [field, chunk, filter] : content.columns) {
        auto done = db.execute("INSERT INTO column_chunk (field,row_group," WEIR_CHUNK_HEAD ")"
                               " VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
                               field, *group, chunk.form, chunk.least, chunk.greatest, blob{chunk.dictionary},
                               chunk.value_count, chunk.filter_parts);
        if (!done) return done;
        if (done = write_value_filter(db, field, *group, filter); !done) return done;
        done = db.execute("INSERT INTO column_content (row_group,field,content) VALUES (?1,?2,?3)", *group, field,
                          blob{chunk.content});
        if (!done) return done;
    }
    for (auto const& field : content.damaged_lists)
        if (auto done = check_field_texts(db, field); !done) return done;
    return {};
}

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

/// The places that the groups there are have of a new group's rows; errc::damaged when one of them is, which is told.
/// Only this thread makes groups.
result<std::vector<group_place>> find_replaced(connection& db, group_content const& by, std::int64_t& damaged)
{
    std::vector<group_place> places;
    if (by.rows == 0) return places;
    auto const rows = values_of(by.ids, by.rows);
    auto const groups = groups_around(db, rows);
    if (!groups) return groups.error();
    for (auto const group : *groups) {
        auto const part = read_part(db, group);
        if (!part && part.error() == errc::not_found) continue; // pruned meanwhile
        if (!part) {
            damaged = group;
            return part.error();
        }
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
    struct column {
        std::string field;
        chunk_form form = chunk_form::numbers;
        std::int64_t filter_parts = 0;
    };
    auto const columns =
        collect(db.query("SELECT c.field,c.form,c.filter_parts FROM column_content AS v CROSS JOIN column_chunk AS c"
                         " ON c.field=v.field AND c.row_group=v.row_group WHERE v.row_group=?1",
                         group),
                [](rows const& row) {
                    return column{.field = row.get<std::string>(0),
                                  .form = static_cast<chunk_form>(row.get<int>(1)),
                                  .filter_parts = row.get<std::int64_t>(2)};
                });
    if (!columns) return columns.error();
    for (auto const& [field, form, filter_parts] : *columns) {
        if (auto done = delete_value_filter(db, field, group, filter_parts); !done) return done;
        if (form == chunk_form::listed)
            if (auto done = check_field_texts(db, field); !done) return done;
        auto done = db.execute("DELETE FROM column_chunk WHERE field=?1 AND row_group=?2", field, group);
        if (!done) return done;
    }
    for (auto const* sql :
         {"DELETE FROM column_content WHERE row_group=?1", "DELETE FROM row_group_gap WHERE row_group=?1"})
        if (auto done = db.execute(sql, group); !done) return done;
    return changed_one(db, db.execute("DELETE FROM row_group WHERE id=?1", group));
}

/// The rows that a group still has; where it is damaged, all that it may have.
result<std::vector<row_id>> rows_of_group(connection& db, std::int64_t group)
{
    auto const part = read_part(db, group);
    if (!part && part.error() == errc::damaged)
        return collect_column<row_id>(db.query("SELECT r.id FROM row_group AS g JOIN request AS r"
                                               " ON r.id BETWEEN max(g.first_row,g.deleted_to+1) AND g.last_row"
                                               " WHERE g.id=?1 ORDER BY r.id",
                                               group));
    if (!part) return part.error();
    std::vector<row_id> left;
    for (std::size_t row = 0; row < part->kept.size(); ++row)
        if (part->kept[row]) left.push_back(row_id{value_at(part->ids, part->kept.size(), row)});
    return left;
}

/// Has the rows of a group wait for another.
result<void> dissolve_group(connection& db, std::int64_t group)
{
    auto const left = rows_of_group(db, group);
    if (!left) return left.error();
    if (auto done = note_ungrouped(db, *left); !done) return done;
    return delete_group(db, group);
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
        if (auto done = dissolve_group(db, group); !done) return done;
    }
    return {};
}

/// Dissolves one of the groups that have a field whose list of texts, or filter, is damaged, and when there is none,
/// deletes these.
result<void> give_up_list(connection& db, std::string const& field, std::function<void()> const& before_writing)
{
    before_writing();
    auto begun = transaction::begin(db);
    if (!begun) return begun.error();
    auto const groups = collect_column<std::int64_t>(
        db.query("SELECT g.id FROM column_chunk AS c JOIN row_group AS g ON g.id=c.row_group"
                 " WHERE c.field=?1 AND (c.form=?2 OR c.filter_parts<>0) LIMIT 1",
                 field, chunk_form::listed));
    if (!groups) return groups.error();
    for (auto const group : *groups)
        if (auto done = dissolve_group(db, group); !done) return done;
    if (groups->empty())
        for (auto const* sql : {"DELETE FROM field_text WHERE field=?1", "DELETE FROM value_filter WHERE field=?1",
                                "DELETE FROM field_text_check WHERE field=?1"})
            if (auto done = db.execute(sql, field); !done) return done;
    return begun->commit();
}

/// Sees to one list of which groups were deleted; false when there is none.
result<bool> check_one_list(connection& db, std::function<void()> const& before_writing)
{
    using boost::system::in_place_error; // an error is a bool, too
    auto const due = field_to_check(db);
    if (!due) return {in_place_error, due.error()};
    if (!*due) return false;
    auto done = forget_unused_texts(db, **due, before_writing);
    if (!done && done.error() == errc::damaged) done = give_up_list(db, **due, before_writing);
    if (!done) return {in_place_error, done.error()};
    return true;
}

// What a group is made of is read before the transaction, which is to be short. What was deleted between is
// errc::not_found.

/// Dissolves a group that cannot be read.
result<std::size_t> remake(connection& db, std::int64_t group, std::function<void()> const& before_writing)
{
    before_writing();
    auto begun = transaction::begin(db);
    if (!begun) return begun.error();
    if (auto const done = dissolve_group(db, group); !done) return done.error();
    if (auto const done = begun->commit(); !done) return done.error();
    return std::size_t{1};
}

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
    std::int64_t damaged = 0;
    auto const replaced = find_replaced(db, *content, damaged);
    if (!replaced && replaced.error() == errc::damaged) return remake(db, damaged, before_writing);
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
    for (auto const id : *small) {
        auto const taken = group.take(db, id);
        if (!taken && taken.error() == errc::damaged) return remake(db, id, before_writing);
        if (!taken) return taken.error();
    }
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
    auto const checked = check_one_list(db, before_writing);
    if (!checked) return checked.error();
    if (*checked) return std::size_t{1};
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
