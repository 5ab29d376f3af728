#pragma once

#include <string>
#include <string_view>

namespace weir::gateway
{

/// What kind of body a Content-Type announces, as far as the record treats them apart.
enum class body_kind : unsigned char { text, multipart, binary };

body_kind kind_of_body(std::string_view content_type);

/// "application/json" of "application/json; charset=utf-8", in lower case.
std::string media_type(std::string_view content_type);

bool is_json(std::string_view content_type);

/// A response that comes as events: server-sent events, or a JSON object a line.
bool is_event_stream(std::string_view content_type);

/// The value of a parameter such as `boundary`, without quotes; empty when there is none.
std::string type_parameter(std::string_view content_type, std::string_view name);

} // namespace weir::gateway
