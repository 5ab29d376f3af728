#pragma once

#include "api/services.hpp"
#include "storage/key_ring.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace weir::api
{

/// Whose a call is, by the API key in its Authorization field ("Bearer KEY", or the key alone). Without a field the
/// call is the default organisation's, unless `required`. For `services::identify`; `keys` is the listener's own
/// reader.
boost::asio::awaitable<result<caller>> identify(std::string authorization, storage::key_ring::reader& keys,
                                                bool required);

} // namespace weir::api
