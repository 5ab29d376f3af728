#include "gateway/error_reply.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string_view.hpp>

namespace weir::gateway
{
namespace
{

struct description {
    std::string_view name;
    unsigned status;
    bool may_succeed_later; ///< else SDKs are told not to try again
};

/// By proxy.md §12: name, status, and whether a retry can help.
description describe(errc code)
{
    switch (code) {
    case errc::none: break;
    case errc::missing_target: return {"missing_target", 400, false};
    case errc::invalid_target: return {"invalid_target", 400, false};
    case errc::target_not_allowed: return {"target_not_allowed", 403, false};
    case errc::unknown_provider: return {"unknown_provider", 404, false};
    case errc::not_found: return {"not_found", 404, false};
    case errc::origin_not_allowed: return {"origin_not_allowed", 403, false};
    case errc::conflicting_auth: return {"conflicting_auth", 400, false};
    case errc::invalid_gateway_key: return {"invalid_gateway_key", 401, false};
    case errc::unknown_proxy_key: return {"unknown_proxy_key", 401, false};
    case errc::missing_provider_key: return {"missing_provider_key", 401, false};
    case errc::upstream_unreachable: return {"upstream_unreachable", 502, true};
    case errc::upstream_malformed: return {"upstream_malformed", 502, true};
    case errc::upstream_timeout: return {"upstream_timeout", 504, true};
    case errc::request_too_large: return {"request_too_large", 413, false};
    case errc::header_too_large: return {"header_too_large", 431, false};
    case errc::malformed_request: return {"malformed_request", 400, false};
    case errc::unsupported_method: return {"unsupported_method", 501, false};
    case errc::unsupported_websocket: return {"unsupported_websocket", 426, false};
    case errc::request_timeout: return {"request_timeout", 408, true};
    case errc::overloaded: return {"overloaded", 503, true};
    case errc::internal: return {"internal", 500, true};
    }
    return {"internal", 500, true};
}

std::string_view reason_of(unsigned status)
{
    switch (status) {
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 408: return "Request Timeout";
    case 413: return "Payload Too Large";
    case 426: return "Upgrade Required";
    case 431: return "Request Header Fields Too Large";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Internal Server Error";
    }
}

/// Google's word for a status.
std::string_view google_status(unsigned status)
{
    switch (status) {
    case 400:
    case 408:
    case 413:
    case 426:
    case 431: return "INVALID_ARGUMENT";
    case 401: return "UNAUTHENTICATED";
    case 403: return "PERMISSION_DENIED";
    case 404: return "NOT_FOUND";
    case 501: return "UNIMPLEMENTED";
    case 502:
    case 503: return "UNAVAILABLE";
    case 504: return "DEADLINE_EXCEEDED";
    default: return "INTERNAL";
    }
}

std::string quoted(std::string_view text)
{
    return boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

} // namespace

unsigned status_of(errc code) { return describe(code).status; }
std::string_view name_of(errc code) { return code == errc::none ? std::string_view() : describe(code).name; }

std::string error_body(refusal const& why, config::wire_format format, std::string_view request_id)
{
    auto const what = describe(why.code);
    auto const text = quoted("weir: " + why.message);
    if (format == config::wire_format::google)
        return "{\"error\":{\"code\":" + std::to_string(what.status) + ",\"message\":" + text + ",\"status\":\"" +
               std::string(google_status(what.status)) +
               "\",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":" +
               quoted(what.name) + ",\"domain\":\"weir\",\"metadata\":{\"request_id\":" + quoted(request_id) + "}}]}}";
    // The text stands twice: some SDKs show error.message, Anthropic's shows the one at the top.
    return "{\"type\":\"error\",\"message\":" + text +
           ",\"error\":{\"type\":\"weir_error\",\"code\":" + quoted(what.name) + ",\"message\":" + text +
           ",\"param\":null},\"request_id\":" + quoted(request_id) + "}";
}

std::string error_response(refusal const& why, error_form const& form)
{
    auto const what = describe(why.code);
    auto const body = error_body(why, form.format, form.request_id);
    std::string out = "HTTP/1.1 " + std::to_string(what.status) + " " + std::string(reason_of(what.status)) +
                      "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                      "\r\nhelicone-status: failed\r\nx-weir-error: " + std::string(what.name) + "\r\n";
    out += form.extra_fields;
    if (!form.request_id.empty()) out.append("helicone-id: ").append(form.request_id).append("\r\n");
    if (!what.may_succeed_later) out += "x-should-retry: false\r\n";
    if (why.code == errc::overloaded) out += "Retry-After: 1\r\n";
    if (what.status == 401) out += "WWW-Authenticate: Bearer\r\n";
    if (why.code == errc::unsupported_websocket)
        out += "Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
    if (form.closes) out += "Connection: close\r\n";
    out += "\r\n";
    if (!form.head_only) out += body;
    return out;
}

std::string error_event(std::string_view message, config::wire_format format)
{
    auto const text = quoted("weir: " + std::string(message));
    switch (format) {
    case config::wire_format::anthropic:
        return "\n\nevent: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":" + text +
               "}}\n\n";
    case config::wire_format::google:
        return "\r\n\r\ndata: {\"error\":{\"code\":502,\"message\":" + text + ",\"status\":\"UNAVAILABLE\"}}\r\n\r\n";
    case config::wire_format::openai: break;
    }
    return "\n\ndata: {\"error\":{\"message\":" + text +
           ",\"type\":\"weir_error\",\"code\":\"upstream_cut\",\"param\":null}}\n\n";
}

} // namespace weir::gateway
