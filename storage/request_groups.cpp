#include "storage/request_groups.hpp"

#include "storage/collect.hpp"

namespace weir::storage
{

result<std::int64_t> create_request_group(connection& db, organization_id organization, std::int64_t now_us)
{
    return first_value<std::int64_t>(db.query(
        "INSERT INTO request_group (organization_id,created_us) VALUES (?1,?2) RETURNING id", organization, now_us));
}

result<void> find_request_group(connection& db, organization_id organization, std::int64_t group)
{
    auto const known =
        is_any(db.query("SELECT 1 FROM request_group WHERE id=?1 AND organization_id=?2", group, organization));
    if (!known) return known.error();
    if (!*known) return make_error_code(errc::not_found);
    return {};
}

result<void> add_to_request_group(connection& db, organization_id organization, std::int64_t group, uuid const& request)
{
    if (auto const known = find_request_group(db, organization, group); !known) return known;
    return db.execute("INSERT OR IGNORE INTO request_group_member (organization_id,request_id,group_id)"
                      " VALUES (?1,?2,?3)",
                      organization, request, group);
}

} // namespace weir::storage
