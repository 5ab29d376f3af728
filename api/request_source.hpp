#pragma once

#include "storage/errors.hpp"
#include "storage/requests.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

namespace weir::storage
{
class readers;
}

namespace weir::api
{

/// Where the endpoints about requests get their rows from: the store, or a test's own vector. What each function does
/// is said in storage/requests.hpp.
struct request_source {
    template <class T>
    using eventually = boost::asio::awaitable<storage::result<T>>;

    using rows = std::vector<storage::request_row>;

    std::function<eventually<rows>(storage::organization_id, storage::request_query)> query;
    std::function<eventually<std::int64_t>(storage::organization_id, storage::filter)> count;
    std::function<eventually<storage::request_row>(storage::organization_id, storage::uuid)> find;
    std::function<eventually<rows>(storage::organization_id, std::vector<storage::uuid>)> find_all;
    std::function<eventually<storage::bodies>(storage::row_id)> bodies;
};

/// The store itself. `readers` must outlive every call; each query has `query_timeout` from its start.
request_source from_storage(storage::readers& readers, std::chrono::milliseconds query_timeout);

} // namespace weir::api
