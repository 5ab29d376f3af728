#include "api/endpoints.hpp"
#include "api/logging.hpp"
#include "api/otlp.hpp"
#include "api/read_json.hpp"
#include "api/trace_body.hpp"
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

asio::awaitable<result<no_content>> log_custom_trace(trace_request asked, services& with)
{
    call_to_log call;
    call.otherwise = "openai";
    call.headers = std::move(asked.headers);
    call.json = std::move(asked.body.bytes);
    auto const id = co_await log_call(std::move(call), with);
    if (!id) co_return id.error();
    co_return no_content{};
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

constexpr endpoint trace_entries[] = {
    logs(post<log_custom_trace>("/v1/trace/custom/v1/log", "LogCustomTraceLegacy", "The next, at its older path")),
    logs(post<log_custom_trace>("/v1/trace/custom/log", "LogCustomTrace", "Records a call that was made elsewhere")),
    logs(post<log_trace>("/v1/trace/log", "LogTrace", "Records the spans of an OpenTelemetry trace, as JSON")),
    logs(post<log_protobuf_trace>("/v1/trace/log-python", "LogPythonTrace", "The same, as protobuf")),
};
static_assert(each_is_unique(trace_entries));

} // namespace

constinit group const trace_endpoints{"Trace", trace_entries};

} // namespace weir::api
