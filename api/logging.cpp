#include "api/logging.hpp"

namespace weir::api
{

boost::asio::awaitable<result<std::string>> log_call(call_to_log call, services& with)
{
    if (!with.log_call) co_return failure(errc::not_ready, "nothing records calls here");
    call.organization = with.organization;
    co_return co_await with.log_call(std::move(call));
}

} // namespace weir::api
