#include "storage/prompt_labels.hpp"

#include "storage/collect.hpp"

namespace weir::storage
{
namespace
{

#define WEIR_SELECT_LABEL                                                                                              \
    "SELECT l.id,l.name,l.prompt_id,l.prompt_version_id,coalesce(v.number,0),l.created_us FROM prompt_label AS l"      \
    " JOIN prompt_version AS v ON v.id=l.prompt_version_id"                                                            \
    " JOIN prompt AS p ON p.id=l.prompt_id"                                                                            \
    " WHERE l.organization_id=?1 AND v.deleted_us IS NULL AND p.deleted_us IS NULL "

prompt_label label_in(rows const& row)
{
    return {.id = row.get<std::int64_t>(0),
            .name = row.get<std::string>(1),
            .prompt = row.get<uuid>(2),
            .version = row.get<uuid>(3),
            .version_number = row.get<std::int64_t>(4),
            .created_us = row.get<std::int64_t>(5)};
}

} // namespace

result<std::vector<prompt_label>> list_labels(connection& db, organization_id organization, uuid const& prompt,
                                              std::optional<uuid> const& version)
{
    return collect(db.query(WEIR_SELECT_LABEL "AND l.prompt_id=?2 AND (?3 IS NULL OR l.prompt_version_id=?3) "
                                              "ORDER BY l.id",
                            organization, prompt, version),
                   label_in);
}

result<prompt_label> put_label(connection& db, organization_id organization, uuid const& prompt, uuid const& version,
                               std::string_view name, std::int64_t now_us)
{
    auto const id = first_value<std::int64_t>(
        db.query("INSERT INTO prompt_label (organization_id,prompt_id,prompt_version_id,name,created_us) "
                 "VALUES (?1,?2,?3,?4,?5) "
                 "ON CONFLICT (prompt_id,name) DO UPDATE SET prompt_version_id=excluded.prompt_version_id RETURNING id",
                 organization, prompt, version, name, now_us));
    if (!id) return id.error();
    return find_label(db, organization, *id);
}

result<prompt_label> find_label(connection& db, organization_id organization, std::int64_t id)
{
    auto found = db.query(WEIR_SELECT_LABEL "AND l.id=?2", organization, id);
    if (!found) return found.error();
    if (!found->next()) return found->error() ? found->error() : make_error_code(errc::not_found);
    return label_in(*found);
}

result<prompt_label> move_label(connection& db, organization_id organization, std::int64_t id, uuid const& version)
{
    auto const done = db.execute("UPDATE prompt_label SET prompt_version_id=?3 WHERE organization_id=?1 AND id=?2",
                                 organization, id, version);
    if (auto const one = changed_one(db, done); !one) return one.error();
    return find_label(db, organization, id);
}

result<void> delete_label(connection& db, organization_id organization, std::int64_t id)
{
    auto const done = db.execute("DELETE FROM prompt_label WHERE organization_id=?1 AND id=?2", organization, id);
    return changed_one(db, done);
}

} // namespace weir::storage
