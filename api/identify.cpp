#include "api/identify.hpp"

#include "net/text.hpp"

namespace weir::api
{

boost::asio::awaitable<result<caller>> identify(std::string authorization, storage::key_ring::reader& keys,
                                                bool required)
{
    auto key = net::trimmed(authorization);
    caller who;
    if (key.empty() && !required) co_return who;
    if (key.empty()) co_return failure(errc::unauthorized, "No authorization header");
    if (net::istarts_with(key, "Bearer ")) key = net::trimmed(key.substr(7));
    if (key.empty() || key.find(' ') != key.npos) co_return failure(errc::unauthorized, "Invalid auth header format");
    auto const known = storage::has_key_form(key) ? keys.find(key) : std::nullopt;
    if (!known) co_return failure(errc::unauthorized, "No API key found");
    who.organization = known->organization;
    who.permissions = known->permissions;
    co_return who;
}

} // namespace weir::api
