#pragma once

#include "api/endpoint.hpp"

#include <boost/json/object.hpp>

#include <span>
#include <string>

namespace weir::api
{

/// The OpenAPI 3.0 document of the endpoints: made from what serves them, so it cannot say anything else.
boost::json::object openapi_document(std::span<group const> groups);

/// The text of the document of `all_endpoints()`.
std::string const& openapi_text();

/// One place where weir's description differs from Helicone's published one, on purpose.
struct difference {
    std::string_view where; ///< as tests/api/openapi.cpp prints it; `*` stands for any text
    std::string_view why;
};

/// All of them. A test compares the two documents and fails on a difference that is not here, and on one that is here
/// and no longer there.
std::span<difference const> known_differences();

} // namespace weir::api
