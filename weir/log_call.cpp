#include "weir/log_call.hpp"

namespace weir
{

boost::asio::awaitable<api::result<std::string>> log_call(gateway::gateway& with, api::call_to_log call)
{
    gateway::submission what;
    what.who.organization = call.organization;
    what.provider = std::move(call.provider);
    what.otherwise = std::move(call.otherwise);
    what.fields = std::move(call.headers);
    what.json = std::move(call.json);
    auto const taken = co_await with.log(std::move(what));
    if (taken) co_return taken->text();
    auto const& why = taken.error();
    if (why.code == gateway::errc::malformed_request) co_return api::invalid(why.message);
    if (why.code == gateway::errc::request_too_large) co_return api::failure(api::errc::too_large, why.message);
    co_return api::failure(api::errc::not_ready, why.message);
}

} // namespace weir
