#pragma once

#include "net/http_message.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Web pages that call the gateway: any page can reach a loopback port, so only those that the operator names may
/// (gateway.allowed_origins; "*" names all).
namespace weir::gateway
{

/// Whether a request comes from a page that may not call. Programs send no Origin.
bool is_foreign_page(net::message_head const& head, std::vector<std::string> const& allowed_origins);

/// A browser's question whether a page may send a request.
bool is_preflight(net::request_head const& head);

/// The fields that let a page of an allowed origin read a response, each with its line end; empty for a program.
std::string cross_origin_fields(net::message_head const& head);

/// The whole answer to an allowed page's preflight.
std::string preflight_response(net::request_head const& head);

/// A provider's own word on who may read the response, which is not true of weir's.
bool is_cross_origin_field(std::string_view name);

} // namespace weir::gateway
