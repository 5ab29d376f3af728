#pragma once

#include "config/settings.hpp"
#include "gateway/errc.hpp"

#include <string>
#include <string_view>

namespace weir::gateway
{

/// The body of an error that weir makes, in the shape that the provider's SDKs turn into their typed errors.
/// docs/errors.md has the measurements behind the shapes.
std::string error_body(refusal const& why, config::wire_format format, std::string_view request_id);

/// What decides the head of an error response.
struct error_form {
    config::wire_format format = config::wire_format::openai;
    std::string request_id = {};   ///< empty: there is none
    std::string extra_fields = {}; ///< more fields, each with its line end
    bool closes = false;           ///< the connection ends behind it
    bool head_only = false;        ///< the answer to HEAD
};

/// A whole response for such an error, head and body.
std::string error_response(refusal const& why, error_form const& form);

/// An error as an event of a stream, for clients that could not tell a cut from an end.
std::string error_event(std::string_view message, config::wire_format format);

} // namespace weir::gateway
