#include "storage/dataset_versions.hpp"

#include "storage/call_filter.hpp"
#include "storage/collect.hpp"
#include "storage/json_text.hpp"
#include "storage/sql.hpp"

#include <unordered_map>

namespace weir::storage
{
namespace
{

/// What one row of a query says of a version, but for the group's external ids.
#define WEIR_VERSION_COLUMNS "v.id,v.version_number,v.column_names,v.filter,v.created_us,v.updated_us,v.group_id"

/// Fills in the groups, too.
result<std::vector<dataset_version>> read_versions(connection& db, organization_id organization, result<rows> found)
{
    auto versions = collect(std::move(found), [](rows const& row) {
        dataset_version version;
        version.id = row.get<std::int64_t>(0);
        version.version_number = row.get<std::int64_t>(1);
        version.columns = texts_of_json(row.get<std::string>(2));
        version.filter = row.get<std::optional<std::string>>(3);
        version.created_us = row.get<std::int64_t>(4);
        version.updated_us = row.get<std::int64_t>(5);
        version.group.id = row.get<std::int64_t>(6);
        return version;
    });
    if (!versions) return versions;
    for (auto& version : *versions) {
        auto group = find_dataset_group(db, organization, version.group.id);
        if (!group) return group.error();
        version.group = std::move(*group);
    }
    return versions;
}

result<std::vector<std::string>> columns_of(connection& db, std::int64_t dataset)
{
    auto const text =
        first_value<std::string>(db.query("SELECT column_names FROM dataset_version WHERE id=?1", dataset));
    if (!text) return text.error();
    return texts_of_json(*text);
}

/// " FROM … WHERE …"
void append_search(organization_id organization, dataset_search const& search, sql& to)
{
    (to << " FROM dataset_version AS v JOIN dataset_group AS g ON g.id=v.group_id WHERE g.organization_id=")
        .bind(static_cast<std::int64_t>(organization));
    struct {
        std::optional<std::int64_t> const& given;
        std::string_view condition;
    } const bounds[] = {
        {search.group, " AND g.id="},
        {search.id, " AND v.id="},
    };
    for (auto const& bound : bounds)
        if (bound.given) (to << bound.condition).bind(*bound.given);
    if (search.report) {
        to << " AND v.id IN (SELECT dataset_id FROM report WHERE organization_id=";
        to.bind(static_cast<std::int64_t>(organization)) << " AND ";
        to.with("(id=? OR blueprint_id=?))", *search.report);
    }
    if (search.is_deleted) to << (*search.is_deleted ? " AND g.deleted_us IS NOT NULL" : " AND g.deleted_us IS NULL");
    if (!search.name_part.empty())
        (to << " AND weir_like(g.name,").bind('%' + literal_pattern(search.name_part) + '%') << ",1)";
    if (search.external) {
        to << " AND g.id IN (SELECT thing FROM external_id WHERE kind='dataset_group' AND organization_id=";
        to.bind(static_cast<std::int64_t>(organization)) << " AND source=";
        to.bind(search.external->source) << " AND external_id=";
        to.bind(search.external->id) << ")";
    }
    append_change_times(search.when, "v.created_us", "v.updated_us", to);
}

std::string_view order_of(dataset_order by)
{
    switch (by) {
    case dataset_order::id: return "v.id";
    case dataset_order::name: return "g.name";
    case dataset_order::created_at: return "v.created_us";
    case dataset_order::updated_at: return "v.updated_us";
    case dataset_order::version_number: return "v.version_number";
    }
    return "v.id";
}

/// " FROM … WHERE …" of the rows of a version.
void append_rows(std::int64_t dataset, std::string_view part, sql& to)
{
    (to << " FROM dataset_version_row AS d WHERE d.dataset_id=").bind(dataset);
    if (part.empty()) return;
    to << " AND EXISTS (SELECT 1 FROM json_each(d.cells) AS c WHERE weir_like(c.value,";
    to.bind('%' + literal_pattern(part) + '%') << ",1))";
}

} // namespace

result<dataset_version> find_dataset_version(connection& db, organization_id organization, std::int64_t id)
{
    auto found = read_versions(db, organization,
                               db.query("SELECT " WEIR_VERSION_COLUMNS " FROM dataset_version AS v"
                                        " JOIN dataset_group AS g ON g.id=v.group_id"
                                        " WHERE v.id=?1 AND g.organization_id=?2",
                                        id, organization));
    if (!found) return found.error();
    if (found->empty()) return make_error_code(errc::not_found);
    return std::move(found->front());
}

result<dataset_version> find_draft(connection& db, organization_id organization, std::int64_t group)
{
    auto const known = find_dataset_group(db, organization, group);
    if (!known) return known.error();
    if (known->is_deleted) return make_error_code(errc::not_found);
    auto const id = first_value<std::int64_t>(
        db.query("SELECT id FROM dataset_version WHERE group_id=?1 AND version_number=?2", group, draft_number));
    if (!id) return id.error();
    return find_dataset_version(db, organization, *id);
}

result<dataset_version> draft_of(connection& db, organization_id organization, std::int64_t group, std::int64_t now_us)
{
    auto found = find_draft(db, organization, group);
    if (found || found.error() != errc::not_found) return found;
    auto const known = find_dataset_group(db, organization, group);
    if (!known) return known.error();
    if (known->is_deleted) return make_error_code(errc::not_found);
    auto const done =
        db.execute("INSERT INTO dataset_version (group_id,version_number,column_names,created_us,updated_us)"
                   " VALUES (?1,?2,'[]',?3,?3)",
                   group, draft_number, now_us);
    if (!done) return done.error();
    return find_draft(db, organization, group);
}

result<void> add_dataset_version_rows(connection& db, organization_id organization, std::int64_t dataset,
                                      std::span<dataset_version_row const> rows, std::int64_t now_us)
{
    if (auto const known = find_dataset_version(db, organization, dataset); !known) return known.error();
    auto columns = columns_of(db, dataset);
    if (!columns) return columns.error();
    std::unordered_map<std::string, std::size_t> places;
    for (auto const& name : *columns) places.emplace(name, places.size());
    std::vector<std::string_view> cells;
    std::string text;
    for (auto const& row : rows) {
        cells.assign(columns->size(), "null");
        for (auto const& [name, value] : row.cells) {
            auto const [place, is_new] = places.emplace(name, places.size());
            if (is_new) {
                columns->push_back(name);
                cells.push_back("null");
            }
            cells[place->second] = value;
        }
        text = "[";
        for (std::size_t i = 0; i < cells.size(); ++i) text.append(i > 0 ? "," : "").append(cells[i]);
        text += ']';
        auto const done = db.execute("INSERT INTO dataset_version_row (dataset_id,request_id,cells) VALUES (?1,?2,?3)",
                                     dataset, row.request, text);
        if (!done) return done;
    }
    return db.execute("UPDATE dataset_version SET column_names=?2,updated_us=?3 WHERE id=?1", dataset,
                      json_of_texts(*columns), now_us);
}

result<void> clear_draft(connection& db, std::int64_t dataset, std::optional<std::string> const& filter)
{
    if (auto const done = db.execute("DELETE FROM dataset_version_row WHERE dataset_id=?1", dataset); !done)
        return done;
    return db.execute("UPDATE dataset_version SET column_names='[]',filter=?2 WHERE id=?1 AND version_number=?3",
                      dataset, filter, draft_number);
}

result<void> copy_dataset_version(connection& db, organization_id organization, std::int64_t from, std::int64_t to,
                                  std::int64_t now_us)
{
    auto const source = find_dataset_version(db, organization, from);
    if (!source) return source.error();
    auto const done = db.execute("UPDATE dataset_version SET column_names=?2,filter=?3,updated_us=?4 WHERE id=?1", to,
                                 json_of_texts(source->columns), source->filter, now_us);
    if (!done) return done;
    return db.execute("INSERT INTO dataset_version_row (dataset_id,request_id,cells)"
                      " SELECT ?2,request_id,cells FROM dataset_version_row WHERE dataset_id=?1 ORDER BY id",
                      from, to);
}

result<std::int64_t> publish_draft(connection& db, std::int64_t dataset, std::int64_t now_us)
{
    auto const number = first_value<std::int64_t>(
        db.query("UPDATE dataset_version SET updated_us=?2,version_number=(SELECT max(0,max(o.version_number))+1"
                 " FROM dataset_version AS o WHERE o.group_id=dataset_version.group_id)"
                 " WHERE id=?1 AND version_number=?3 RETURNING version_number",
                 dataset, now_us, draft_number));
    if (!number) return number.error();
    auto const done =
        db.execute("UPDATE dataset_group SET updated_us=?2 WHERE id=(SELECT group_id FROM dataset_version WHERE id=?1)",
                   dataset, now_us);
    if (!done) return done.error();
    return *number;
}

result<std::vector<dataset_version>> search_dataset_versions(connection& db, organization_id organization,
                                                             dataset_search const& search)
{
    sql asked("SELECT " WEIR_VERSION_COLUMNS);
    append_search(organization, search, asked);
    asked << " ORDER BY " << order_of(search.by) << (search.ascending ? " ASC" : " DESC") << ",v.id DESC LIMIT ";
    asked.bind(search.limit) << " OFFSET ";
    asked.bind(search.offset);
    return read_versions(db, organization, db.query(asked));
}

result<std::int64_t> count_dataset_versions(connection& db, organization_id organization, dataset_search const& search)
{
    sql asked("SELECT count(*)");
    append_search(organization, search, asked);
    return first_value<std::int64_t>(db.query(asked));
}

result<dataset_version> find_published_version(connection& db, organization_id organization, std::int64_t group,
                                               std::optional<std::int64_t> number)
{
    auto const id = first_value<std::int64_t>(
        db.query("SELECT id FROM dataset_version WHERE group_id=?1 AND version_number>0 AND (?2 IS NULL OR "
                 "version_number=?2) ORDER BY version_number DESC LIMIT 1",
                 group, number));
    if (!id) return id.error();
    return find_dataset_version(db, organization, *id);
}

result<std::vector<std::string>> list_dataset_version_rows(connection& db, std::int64_t dataset, std::string_view part,
                                                           std::int64_t limit, std::int64_t offset)
{
    sql asked("SELECT d.cells");
    append_rows(dataset, part, asked);
    asked << " ORDER BY d.id LIMIT ";
    asked.bind(limit) << " OFFSET ";
    asked.bind(offset);
    return collect_column<std::string>(db.query(asked));
}

result<std::int64_t> count_dataset_version_rows(connection& db, std::int64_t dataset, std::string_view part)
{
    sql asked("SELECT count(*)");
    append_rows(dataset, part, asked);
    return first_value<std::int64_t>(db.query(asked));
}

} // namespace weir::storage
