#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// OpenTelemetry's traces (OTLP), as far as spans tell of calls to language models.
namespace weir::api
{

/// A span as it was sent. Ids are lower-case hexadecimal.
struct otlp_span {
    std::string trace_id, span_id, parent_id; ///< empty: not said
    std::string name;
    std::uint64_t kind = 0;                     ///< OpenTelemetry's number: 1 INTERNAL, 2 SERVER, …
    std::uint64_t started_ns = 0, ended_ns = 0; ///< since 1970 UTC; 0: not said
    std::uint64_t status = 0;                   ///< 0 UNSET, 1 OK, 2 ERROR
    std::string status_message;
    boost::json::object attributes;                      ///< by key; of a key that repeats the last one
    boost::json::array events;                           ///< `{"name", "time", "attributes"}`, the time in ns as text
    boost::json::array links;                            ///< `{"trace_id", "span_id", "attributes"}`
    std::shared_ptr<boost::json::object const> resource; ///< the attributes of what made the span; none: not said
};

/// The value of an attribute as text: itself, or its JSON.
std::string attribute_text(boost::json::value const& value);

/// A message has at most so many spans.
inline constexpr std::size_t most_spans = 1000;

/// The spans of a TracesData message; the error says what is wrong with it.
using otlp_spans = boost::system::result<std::vector<otlp_span>, std::string>;
otlp_spans spans_of_json(boost::json::value const& traces);
otlp_spans spans_of_protobuf(std::string_view bytes);

/// Whether the span tells of one call to a model, and not of a step that consists of such.
bool tells_of_call(otlp_span const& span);

/// The call that a span tells of.
struct told_call {
    std::string provider;                  ///< as the span names it; may be empty
    boost::json::object request, response; ///< of the form of OpenAI's chat
    boost::json::object meta;              ///< Helicone's headers, as names and texts
};
told_call call_of(otlp_span const& span);

/// The same as what Helicone calls an AsyncLog: JSON.
std::string async_log_of(otlp_span const& span);

} // namespace weir::api
