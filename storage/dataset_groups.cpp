#include "storage/dataset_groups.hpp"

#include "storage/collect.hpp"

namespace weir::storage
{
result<bool> has_dataset_group(connection& db, organization_id organization, std::string_view name)
{
    return is_any(db.query("SELECT 1 FROM dataset_group WHERE organization_id=?1 AND name=?2 AND deleted_us IS NULL",
                           organization, name));
}

result<dataset_group> create_dataset_group(connection& db, organization_id organization, std::string_view name,
                                           std::vector<external_name> const& external_ids, std::int64_t now_us)
{
    auto const id = first_value<std::int64_t>(
        db.query("INSERT INTO dataset_group (organization_id,name,created_us,updated_us) VALUES (?1,?2,?3,?3)"
                 " RETURNING id",
                 organization, name, now_us));
    if (!id) return id.error();
    for (auto const& one : external_ids) {
        auto const done = put_external_id(db, organization, external_kind::dataset_group, one, *id);
        if (!done) return done.error();
    }
    return find_dataset_group(db, organization, *id);
}

result<dataset_group> find_dataset_group(connection& db, organization_id organization, std::int64_t id)
{
    auto found = db.query("SELECT name,deleted_us IS NOT NULL FROM dataset_group WHERE id=?1 AND organization_id=?2",
                          id, organization);
    if (!found) return found.error();
    if (!found->next()) return found->error() ? found->error() : make_error_code(errc::not_found);
    dataset_group group{.id = id, .name = found->get<std::string>(0), .is_deleted = found->get<bool>(1)};
    auto ids = external_names(db, organization, external_kind::dataset_group, id);
    if (!ids) return ids.error();
    group.external_ids = std::move(*ids);
    return group;
}

result<std::int64_t> delete_dataset_groups(connection& db, organization_id organization, std::string_view name,
                                           std::int64_t now_us)
{
    auto const done = db.execute("UPDATE dataset_group SET deleted_us=?3,updated_us=?3 WHERE organization_id=?1"
                                 " AND name=?2 AND deleted_us IS NULL",
                                 organization, name, now_us);
    if (!done) return done.error();
    return db.changes();
}

} // namespace weir::storage
