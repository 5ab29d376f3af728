#include "api/endpoints.hpp"
#include "api/logging.hpp"
#include "api/otlp.hpp"
#include "api/read_json.hpp"
#include "net/content_coding.hpp"
#include "net/text.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace asio = boost::asio;
namespace json = boost::json;

namespace weir::api
{

struct trace_request {
    header_fields headers;
    raw_body body;
};
BOOST_DESCRIBE_STRUCT(trace_request, (), (headers, body))

namespace
{

/// No more than this comes out of a compressed body.
constexpr std::size_t most_decoded = 16 * 1024 * 1024;

asio::awaitable<result<no_content>> log_custom(trace_request asked, services& with)
{
    call_to_log call;
    call.otherwise = "openai";
    call.headers = std::move(asked.headers);
    call.json = std::move(asked.body.bytes);
    auto const id = co_await log_call(std::move(call), with);
    if (!id) co_return id.error();
    co_return no_content{};
}

/// Undoes a body's content coding; the error says why that cannot be.
result<std::string> decoded(raw_body body)
{
    if (body.content_encoding.empty() || net::iequals(body.content_encoding, "identity")) return std::move(body.bytes);
    auto const decoder = net::content_decoder::make(body.content_encoding);
    if (!decoder) return invalid("body: its Content-Encoding is not known");
    std::string text;
    if (!decoder->decode(body.bytes, text, most_decoded))
        return invalid("body: is not what its Content-Encoding says, or longer than 16 MiB without it");
    if (!decoder->is_complete()) return invalid("body: its " + body.content_encoding + " is cut, or something follows");
    return text;
}

/// Each span is a call of its own, so that an id in the request's head is nobody's.
asio::awaitable<result<no_content>> log_spans(otlp_spans spans, header_fields headers, services& with)
{
    if (!spans) co_return invalid(spans.error());
    std::erase_if(headers, [](auto const& f) { return net::iequals(f.first, "Helicone-Request-Id"); });
    for (auto const& span : *spans) {
        call_to_log call;
        call.otherwise = "openai";
        call.headers = headers;
        call.json = async_log_of(span);
        auto const id = co_await log_call(std::move(call), with);
        if (!id) co_return id.error();
    }
    co_return no_content{};
}

asio::awaitable<result<no_content>> log_trace(trace_request asked, services& with)
{
    auto const text = decoded(std::move(asked.body));
    if (!text) co_return text.error();
    json::value traces;
    if (auto const bad = parse_json(*text, traces, "body")) co_return invalid(*bad);
    auto spans = spans_of_json(traces);
    co_return co_await log_spans(std::move(spans), std::move(asked.headers), with);
}

asio::awaitable<result<no_content>> log_protobuf_trace(trace_request asked, services& with)
{
    auto const bytes = decoded(std::move(asked.body));
    if (!bytes) co_return bytes.error();
    auto spans = spans_of_protobuf(*bytes);
    co_return co_await log_spans(std::move(spans), std::move(asked.headers), with);
}

constexpr endpoint entries[] = {
    logs(post<log_custom>("/v1/trace/custom/v1/log", "LogCustomTraceLegacy", "The next, at its older path")),
    logs(post<log_custom>("/v1/trace/custom/log", "LogCustomTrace", "Records a call that was made elsewhere")),
    logs(post<log_trace>("/v1/trace/log", "LogTrace", "Records the spans of an OpenTelemetry trace, as JSON")),
    logs(post<log_protobuf_trace>("/v1/trace/log-python", "LogPythonTrace", "The same, as protobuf")),
};
static_assert(each_is_unique(entries));

} // namespace

constinit group const trace_endpoints{"Trace", entries};

} // namespace weir::api
