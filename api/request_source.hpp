#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"

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

    std::function<eventually<std::vector<storage::request_record>>(storage::organization_id, std::int64_t limit,
                                                                   std::int64_t offset)>
        newest;
    std::function<eventually<storage::request_record>(storage::organization_id, storage::uuid)> find;
    std::function<eventually<storage::bodies>(storage::row_id)> bodies;
};

/// The store itself. `readers` must outlive every call; each query has `query_timeout` from its start.
request_source from_storage(storage::readers& readers, std::chrono::milliseconds query_timeout);

} // namespace weir::api
