#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weir::net
{

/// Has an asynchronous operation that is awaited give its error as the first of a tuple, in place of throwing it.
inline constexpr auto nothrow = boost::asio::as_tuple(boost::asio::use_awaitable);

} // namespace weir::net
