#include "api/request_source.hpp"

#include "storage/readers.hpp"
#include "storage/requests.hpp"

namespace weir::api
{
namespace
{

using storage::connection;
using storage::readers;

/// The one place where an endpoint's question becomes a query on a reader thread.
template <class Query>
auto ask(readers& threads, std::chrono::milliseconds timeout, Query query)
{
    return threads.run(std::move(query), readers::clock::now() + timeout);
}

} // namespace

request_source from_storage(readers& threads, std::chrono::milliseconds query_timeout)
{
    request_source source;
    source.newest = [&threads, query_timeout](storage::organization_id whose, std::int64_t limit, std::int64_t offset) {
        return ask(threads, query_timeout, [whose, limit, offset](connection& db) {
            return storage::newest_requests(db, whose, limit, offset);
        });
    };
    source.find = [&threads, query_timeout](storage::organization_id whose, storage::uuid id) {
        return ask(threads, query_timeout,
                   [whose, id](connection& db) { return storage::find_request(db, whose, id); });
    };
    source.bodies = [&threads, query_timeout](storage::row_id id) {
        return ask(threads, query_timeout, [id](connection& db) { return storage::find_bodies(db, id); });
    };
    return source;
}

} // namespace weir::api
