#pragma once

#include <boost/json/fwd.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// OpenTelemetry's traces (OTLP), as far as spans tell of calls to language models.
namespace weir::api
{

/// A span: when it was, and its attributes, numbers and truth values as text. Arrays and other attributes that have
/// parts are left out.
struct otlp_span {
    std::uint64_t started_ns = 0, ended_ns = 0; ///< since 1970 UTC; 0: not said
    std::vector<std::pair<std::string, std::string>> attributes;
};

/// A message has at most so many spans.
inline constexpr std::size_t most_spans = 1000;

/// The spans of a TracesData message; the error says what is wrong with it.
using otlp_spans = boost::system::result<std::vector<otlp_span>, std::string>;
otlp_spans spans_of_json(boost::json::value const& traces);
otlp_spans spans_of_protobuf(std::string_view bytes);

/// The call that a span tells of, as what Helicone calls an AsyncLog: JSON.
std::string async_log_of(otlp_span const& span);

} // namespace weir::api
