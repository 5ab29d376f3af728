#pragma once

#include <string>
#include <string_view>

namespace weir::gateway
{

/// Why weir itself answers a call, or ends it. The name is what stands in `x-weir-error` and in the row's `error_type`.
enum class errc : unsigned char {
    none,
    missing_target,
    invalid_target,
    target_not_allowed,
    unknown_provider,
    not_found,          ///< the path names nothing that weir or a provider serves
    origin_not_allowed, ///< a web page that gateway.allowed_origins does not name
    conflicting_auth,
    invalid_gateway_key,  ///< none where one is required, or one that is not good for calls
    unknown_proxy_key,    ///< a proxy key that is not good, or another organisation's than the gateway key's
    missing_provider_key, ///< a gateway key is all there is, and weir has no key of the provider's to put in its place
    upstream_unreachable, ///< DNS, connect, TLS, or the connection died before a response
    upstream_malformed,   ///< what came is no HTTP response
    upstream_timeout,     ///< no response head in time
    request_too_large,
    header_too_large,
    malformed_request,
    unsupported_method,
    unsupported_websocket, ///< of another version than 13
    request_timeout,       ///< the client stopped sending
    overloaded,
    internal,
};

/// What is said about a refusal: its status and name, a text for people, and whether trying again can help.
struct refusal {
    errc code = errc::none;
    std::string message;

    explicit operator bool() const { return code != errc::none; }
};

unsigned status_of(errc code);
std::string_view name_of(errc code);

} // namespace weir::gateway
