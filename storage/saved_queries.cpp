#include "storage/saved_queries.hpp"

#include "storage/collect.hpp"
#include "storage/random.hpp"

namespace weir::storage
{
namespace
{

#define WEIR_SAVED_QUERIES                                                                                             \
    "SELECT q.id,o.public_id,q.name,q.sql,q.created_us,q.updated_us FROM saved_query AS q"                             \
    " JOIN organization AS o ON o.id=q.organization_id WHERE q.organization_id=?1"

saved_query query_in(rows const& row)
{
    return {.id = row.get<uuid>(0),
            .organization = row.get<std::string>(1),
            .name = row.get<std::string>(2),
            .sql = row.get<std::string>(3),
            .created_us = row.get<std::int64_t>(4),
            .updated_us = row.get<std::int64_t>(5)};
}

result<saved_query> find(connection& db, organization_id organization, uuid const& id)
{
    auto found = db.query(WEIR_SAVED_QUERIES " AND q.id=?2", organization, id);
    if (!found) return found.error();
    if (!found->next()) return found->error() ? found->error() : make_error_code(errc::not_found);
    return query_in(*found);
}

} // namespace

result<std::vector<saved_query>> saved_queries(connection& db, organization_id organization)
{
    return collect(
        db.query(WEIR_SAVED_QUERIES " ORDER BY q.created_us,q.id LIMIT ?2", organization, most_saved_queries),
        query_in);
}

result<saved_query> add_saved_query(connection& db, organization_id organization, std::string const& name,
                                    std::string const& sql, std::int64_t now_us)
{
    auto const id = random_uuid();
    if (!id) return id.error();
    auto const added = db.execute("INSERT INTO saved_query (id,organization_id,name,sql,created_us,updated_us)"
                                  " SELECT ?1,?2,?3,?4,?5,?5"
                                  " WHERE (SELECT count(*) FROM saved_query WHERE organization_id=?2)<?6",
                                  *id, organization, name, sql, now_us, most_saved_queries);
    if (!added) return added.error();
    if (db.changes() == 0) return make_error_code(errc::conflict);
    return find(db, organization, *id);
}

result<saved_query> change_saved_query(connection& db, organization_id organization, uuid const& id,
                                       std::string const& name, std::string const& sql, std::int64_t now_us)
{
    auto const changed = db.execute("UPDATE saved_query SET name=?3,sql=?4,updated_us=?5 WHERE organization_id=?1"
                                    " AND id=?2",
                                    organization, id, name, sql, now_us);
    if (!changed) return changed.error();
    return find(db, organization, id);
}

} // namespace weir::storage
