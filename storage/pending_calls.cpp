#include "storage/pending_calls.hpp"

#include "storage/collect.hpp"
#include "storage/requests.hpp"
#include "storage/traffic.hpp"

namespace weir::storage
{
namespace
{

/// Of websockets, which alone are recorded before they end.
constexpr int switching_protocols = 101;

result<std::vector<request_row>> pending_calls(connection& db)
{
    static_assert(status::pending == -2); // as their index says
    auto found = db.query("SELECT organization_id,id FROM request WHERE status=-2");
    if (!found) return found.error();
    std::vector<request_row> all;
    while (found->next()) {
        auto row = find_request(db, found->get<organization_id>(0), found->get<row_id>(1));
        if (!row) return row.error();
        all.push_back(std::move(*row));
    }
    if (found->error()) return found->error();
    return all;
}

} // namespace

result<std::size_t> end_pending_calls(connection& db)
{
    auto begun = transaction::begin(db);
    if (!begun) return begun.error();
    auto rows = pending_calls(db);
    if (!rows) return rows.error();
    traffic_batch counted;
    for (auto& row : *rows) {
        auto& call = row.record;
        call.status = switching_protocols;
        call.stream_error = "weir ended before the session did";
        auto const done = db.execute("UPDATE request SET status=?2,stream_error=?3 WHERE id=?1", call.id, call.status,
                                     call.stream_error);
        if (!done) return done.error();
        counted.add(call);
    }
    if (auto const done = counted.write(db); !done) return done.error();
    if (auto const done = begun->commit(); !done) return done.error();
    return rows->size();
}

} // namespace weir::storage
