#include "api/endpoints.hpp"
#include "api/otlp.hpp"
#include "api/promptlayer/spans.hpp"
#include "api/read_json.hpp"
#include "api/trace_body.hpp"
#include "config/built_in_providers.hpp"
#include "net/text.hpp"
#include "storage/connection.hpp"
#include "storage/numbers.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace asio = boost::asio;
namespace json = boost::json;

namespace weir::api::promptlayer
{

struct otlp_request {
    std::optional<bool> close_after;
    header_fields headers;
    raw_body body;
};
BOOST_DESCRIBE_STRUCT(otlp_request, (), (close_after, headers, body))

struct one_trace_request {
    std::string trace_id;
};
BOOST_DESCRIBE_STRUCT(one_trace_request, (), (trace_id))

struct shown_status {
    std::string status_code;
    std::optional<std::string> description;
};
BOOST_DESCRIBE_STRUCT(shown_status, (), (status_code, description))

/// Times are nanoseconds since 1970.
struct shown_span {
    std::int64_t id = 0;
    std::string name, trace_id, span_id;
    nullable<std::string> parent_id;
    nullable<std::int64_t> request_log_id;
    std::string kind;
    std::int64_t start_time = 0, end_time = 0;
    shown_status status;
    raw_json attributes, events, links, resource;
};
BOOST_DESCRIBE_STRUCT(shown_span, (),
                      (id, name, trace_id, span_id, parent_id, request_log_id, kind, start_time, end_time, status,
                       attributes, events, links, resource))

struct trace_answer {
    bool success = true;
    std::string trace_id;
    std::vector<shown_span> spans;
};
BOOST_DESCRIBE_STRUCT(trace_answer, (), (success, trace_id, spans))

namespace
{

constexpr std::string_view json_type = "application/json", protobuf_type = "application/x-protobuf";
constexpr std::int64_t most_shown_spans = 10'000;

constexpr std::array<std::string_view, 6> kinds{"INTERNAL", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"};
constexpr std::array<std::string_view, 3> statuses{"UNSET", "OK", "ERROR"};

template <std::size_t N>
std::string name_in(std::array<std::string_view, N> const& names, std::uint64_t number)
{
    return std::string(names[number < N ? number : 0]);
}

std::optional<std::string> attribute_of(otlp_span const& span, std::string_view key)
{
    auto const* found = span.attributes.if_contains(key);
    return found && !found->is_null() ? std::optional(attribute_text(*found)) : std::nullopt;
}

/// What attributes say of a call beside what the call itself is. What cannot be metadata stays an attribute alone.
metadata_map metadata_of(otlp_span const& span)
{
    constexpr std::string_view prefix = "promptlayer.metadata.", others[] = {"user.id", "gen_ai.conversation.id"};
    metadata_map all;
    auto const add = [&all](std::string key, std::string value) {
        if (all.size() < most_metadata && !problem_with_metadata({{key, value}})) all.emplace(key, std::move(value));
    };
    for (auto const& [key, value] : span.attributes)
        if (std::string_view const name = key; name.starts_with(prefix) && name.size() > prefix.size())
            add(std::string(name.substr(prefix.size())), attribute_text(value));
    for (auto const name : others)
        if (auto value = attribute_of(span, name)) add(std::string(name), std::move(*value));
    return all;
}

std::optional<storage::version_reference> prompt_of(otlp_span const& span)
{
    auto const number = [&span](std::string_view key) -> std::optional<std::int64_t> {
        auto const text = attribute_of(span, key);
        auto const found = text ? net::parse_number(*text) : std::nullopt;
        return found && std::in_range<std::int64_t>(*found) ? std::optional(static_cast<std::int64_t>(*found))
                                                            : std::nullopt;
    };
    storage::version_reference prompt;
    prompt.prompt_number = number("promptlayer.prompt.id");
    prompt.prompt_name = attribute_of(span, "promptlayer.prompt.name");
    prompt.version = number("promptlayer.prompt.version");
    prompt.label = attribute_of(span, "promptlayer.prompt.label");
    if (!prompt.prompt_number && !prompt.prompt_name) return std::nullopt;
    return prompt;
}

call_to_track tracked_call_of(otlp_span const& span)
{
    constexpr std::uint64_t ns_of_us = 1000, error = 2;
    constexpr std::size_t longest_error = 1000;
    auto told = call_of(span);
    call_to_track call;
    call.provider = config::provider_id(told.provider);
    call.request = std::move(told.request);
    call.response = std::move(told.response);
    call.started_us = static_cast<std::int64_t>(span.started_ns / ns_of_us);
    call.ended_us = std::max(call.started_us, static_cast<std::int64_t>(span.ended_ns / ns_of_us));
    if (span.status == error) {
        call.status = call_status::ERROR;
        call.error_message = net::clean_text(span.status_message.substr(0, longest_error));
    }
    call.metadata = metadata_of(span);
    call.prompt = prompt_of(span);
    call.span_id = span.span_id;
    return call;
}

/// Why a span cannot be kept; empty: it can.
std::string problem_with(otlp_span const& span)
{
    constexpr std::size_t trace_digits = 32, span_digits = 16;
    auto const is_id = [](std::string_view id, std::size_t digits) {
        return id.size() == digits && id.find_first_not_of("0123456789abcdef") == id.npos &&
               id.find_first_not_of('0') != id.npos;
    };
    if (!is_id(span.trace_id, trace_digits)) return "a trace id has 32 hexadecimal digits, not all of them 0";
    if (!is_id(span.span_id, span_digits)) return "a span id has 16 hexadecimal digits, not all of them 0";
    constexpr std::uint64_t latest = 4'000'000'000'000'000'000; // 2096
    if (span.started_ns > latest || span.ended_ns > latest) return "times are nanoseconds since 1970, before 2096";
    if (span.name.size() > longest_span_name) return "a name has at most 1024 bytes";
    return {};
}

told_span told_span_of(otlp_span const& span, std::string const& resource)
{
    told_span told;
    auto& what = told.what;
    what.trace_id = span.trace_id;
    what.span_id = span.span_id;
    if (!span.parent_id.empty()) what.parent_id = span.parent_id;
    what.name = span.name;
    what.kind = name_in(kinds, span.kind);
    what.started_ns = static_cast<std::int64_t>(span.started_ns);
    what.ended_ns = static_cast<std::int64_t>(span.ended_ns);
    what.status = name_in(statuses, span.status);
    if (!span.status_message.empty()) what.status_description = span.status_message;
    what.attributes = json::serialize(span.attributes);
    what.events = json::serialize(span.events);
    what.links = json::serialize(span.links);
    what.resource = resource;
    if (tells_of_call(span)) told.call = tracked_call_of(span);
    return told;
}

struct spans_to_keep {
    std::vector<told_span> good;
    std::size_t rejected = 0;
    std::string why; ///< the first was rejected
};

result<spans_to_keep> sort_out(std::vector<otlp_span> const& spans)
{
    spans_to_keep sorted;
    std::string resource = "{}";
    json::object const* written = nullptr;
    for (auto const& span : spans) {
        if (span.resource.get() != written) {
            written = span.resource.get();
            resource = written ? json::serialize(*written) : "{}";
            if (resource.size() > longest_resource)
                return unprocessable("resource: its attributes are longer than 65536 bytes");
        }
        if (auto why = problem_with(span); why.empty())
            sorted.good.push_back(told_span_of(span, resource));
        else if (++sorted.rejected == 1)
            sorted.why = std::move(why);
    }
    return sorted;
}

void append_varint(std::uint64_t value, std::string& to)
{
    constexpr std::uint64_t seven_bits = 127;
    for (; value > seven_bits; value >>= 7U) to += static_cast<char>((value & seven_bits) | (seven_bits + 1));
    to += static_cast<char>(value);
}

/// ExportTraceServiceResponse: its field 1 is the partial success, whose fields are the number (1) and the reason (2).
std::string protobuf_answer(std::size_t rejected, std::string const& why)
{
    if (rejected == 0) return {};
    constexpr char number_field = 0x08, text_field = 0x12, message_field = 0x0a;
    std::string partial(1, number_field);
    append_varint(rejected, partial);
    partial += text_field;
    append_varint(why.size(), partial);
    partial += why;
    std::string whole(1, message_field);
    append_varint(partial.size(), whole);
    return whole + partial;
}

plain_text answer_for(bool is_protobuf, std::size_t rejected, std::string const& why)
{
    if (is_protobuf) return {protobuf_answer(rejected, why), protobuf_type};
    json::object answer;
    answer["partialSuccess"] = nullptr;
    if (rejected > 0) answer["partialSuccess"] = json::object{{"rejectedSpans", rejected}, {"errorMessage", why}};
    return {json::serialize(answer), json_type};
}

std::string media_type(std::string_view content_type)
{
    return net::to_lower(net::trimmed(content_type.substr(0, content_type.find(';'))));
}

result<std::vector<otlp_span>> read_spans(std::string const& bytes, bool is_protobuf)
{
    otlp_spans spans;
    if (is_protobuf) {
        spans = spans_of_protobuf(bytes);
    } else {
        json::value traces;
        if (auto const bad = parse_json(bytes, traces, "body")) return unprocessable(*bad);
        spans = spans_of_json(traces);
    }
    if (!spans) return unprocessable(spans.error());
    return std::move(*spans);
}

asio::awaitable<result<plain_text>> take_traces(otlp_request asked, services& with)
{
    auto const type = media_type(asked.body.content_type);
    bool const is_protobuf = type == protobuf_type;
    if (!is_protobuf && type != json_type)
        co_return failure(errc::not_json, "Content-Type: must be application/json or application/x-protobuf");
    auto const bytes = decoded(std::move(asked.body));
    if (!bytes) co_return unprocessable(bytes.error().text);
    auto const spans = read_spans(*bytes, is_protobuf);
    if (!spans) co_return spans.error();
    auto sorted = sort_out(*spans);
    if (!sorted) co_return sorted.error();
    auto const asked_for = sorted->good.size();
    auto const kept = co_await keep_spans(std::move(sorted->good), asked.close_after.value_or(false), with);
    if (!kept) co_return kept.error();
    if (asked_for > 0 && kept->rejected_spans.size() == asked_for) {
        auto closed = conflict("the trace is closed: it takes no more spans");
        closed.trace_ids = kept->rejected_traces;
        co_return closed;
    }
    auto const why = sorted->rejected > 0 ? sorted->why : std::string("their trace is closed: it takes no more spans");
    co_return answer_for(is_protobuf, sorted->rejected + kept->rejected_spans.size(), why);
}

struct trace_as_stored {
    std::vector<storage::stored_span> spans;
    std::vector<std::optional<std::int64_t>> requests;
};

storage::result<trace_as_stored> read_trace(storage::connection& db, storage::organization_id whose,
                                            std::string const& trace_id)
{
    trace_as_stored trace;
    auto spans = storage::list_spans(db, whose, trace_id, most_shown_spans);
    if (!spans) return spans.error();
    for (auto const& span : *spans) {
        trace.requests.emplace_back();
        if (!span.request) continue;
        auto const number = storage::number_of(db, whose, storage::numbered::request, *span.request);
        if (!number) return number.error();
        trace.requests.back() = *number;
    }
    trace.spans = std::move(*spans);
    return trace;
}

shown_span shown(storage::stored_span const& span, std::optional<std::int64_t> request)
{
    shown_span to;
    to.id = span.id;
    to.name = span.name;
    to.trace_id = span.trace_id;
    to.span_id = span.span_id;
    to.parent_id = span.parent_id;
    to.request_log_id = request;
    to.kind = "SpanKind." + span.kind;
    to.start_time = span.started_ns;
    to.end_time = span.ended_ns;
    to.status = {"StatusCode." + span.status, span.status_description};
    to.attributes = {span.attributes};
    to.events = {span.events};
    to.links = {span.links};
    to.resource = {span.resource};
    return to;
}

asio::awaitable<result<bare<trace_answer>>> show_trace(one_trace_request asked, services& with)
{
    auto const read = [whose = with.organization, id = asked.trace_id](storage::connection& db) {
        return read_trace(db, whose, id);
    };
    auto const trace = co_await with.store.write(read); // its calls may have no numbers yet
    if (!trace) co_return trace.error();
    if (trace->spans.empty()) co_return not_found("there is no such trace");
    trace_answer answer;
    answer.trace_id = asked.trace_id;
    for (std::size_t i = 0; i < trace->spans.size(); ++i)
        answer.spans.push_back(shown(trace->spans[i], trace->requests[i]));
    co_return bare<trace_answer>{std::move(answer)};
}

constexpr endpoint trace_entries[] = {
    logs(post<take_traces>("/v1/traces", "TakeTraces", "Keeps the spans of OpenTelemetry traces, as JSON or protobuf")),
    get<show_trace>("/api/public/v2/traces/{trace_id}", "GetTrace", "The spans of a trace, in order of time"),
};
static_assert(each_is_unique(trace_entries));

} // namespace
} // namespace weir::api::promptlayer

namespace weir::api
{

constinit group const promptlayer_trace_endpoints{"PromptLayer tracing", promptlayer::trace_entries, false,
                                                  dialect::promptlayer};

} // namespace weir::api
