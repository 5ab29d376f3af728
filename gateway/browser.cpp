#include "gateway/browser.hpp"

#include "net/text.hpp"

#include <algorithm>

namespace weir::gateway
{

bool is_foreign_page(net::message_head const& head, std::vector<std::string> const& allowed_origins)
{
    auto const origin = head.find(boost::beast::http::field::origin);
    return origin && std::none_of(allowed_origins.begin(), allowed_origins.end(), [&](std::string const& allowed) {
               return allowed == "*" || net::iequals(allowed, *origin);
           });
}

bool is_preflight(net::request_head const& head)
{
    return head.method == "OPTIONS" && head.find(boost::beast::http::field::origin) &&
           head.find(boost::beast::http::field::access_control_request_method);
}

std::string cross_origin_fields(net::message_head const& head)
{
    auto const origin = head.find(boost::beast::http::field::origin);
    if (!origin) return {};
    return "Access-Control-Allow-Origin: " + std::string(*origin) +
           "\r\nVary: Origin\r\nAccess-Control-Expose-Headers: *\r\n"; // the SDKs read many of the vendors' fields
}

std::string preflight_response(net::request_head const& head)
{
    std::string out = "HTTP/1.1 204 No Content\r\n" + cross_origin_fields(head);
    out.append("Access-Control-Allow-Methods: GET, POST, PUT, PATCH, DELETE, HEAD\r\nAccess-Control-Max-Age: 600\r\n");
    if (auto const wanted = head.find(boost::beast::http::field::access_control_request_headers))
        out.append("Access-Control-Allow-Headers: ").append(*wanted).append("\r\n");
    return out + "\r\n";
}

bool is_cross_origin_field(std::string_view name) { return net::istarts_with(name, "Access-Control-"); }

} // namespace weir::gateway
