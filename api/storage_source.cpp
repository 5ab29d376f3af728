#include "api/request_source.hpp"

#include "storage/readers.hpp"

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
    source.query = [&threads, query_timeout](storage::organization_id whose, storage::request_query query) {
        return ask(threads, query_timeout, [whose, query = std::move(query)](connection& db) {
            return storage::query_requests(db, whose, query);
        });
    };
    source.count = [&threads, query_timeout](storage::organization_id whose, storage::filter what) {
        return ask(threads, query_timeout, [whose, what = std::move(what)](connection& db) {
            return storage::count_requests(db, whose, what);
        });
    };
    source.find_all = [&threads, query_timeout](storage::organization_id whose, std::vector<storage::uuid> ids) {
        return ask(threads, query_timeout,
                   [whose, ids = std::move(ids)](connection& db) { return storage::find_requests(db, whose, ids); });
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
