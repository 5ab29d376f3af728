#include "api/endpoints.hpp"
#include "api/promptlayer/spans.hpp"
#include "api/promptlayer/told_calls.hpp"
#include "api/read_json.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace asio = boost::asio;
namespace json = boost::json;

namespace weir::api::promptlayer
{

struct span_context {
    std::string trace_id, span_id;
};
BOOST_DESCRIBE_STRUCT(span_context, (), (trace_id, span_id))

struct span_status {
    std::string status_code;
    std::optional<std::string> description;
};
BOOST_DESCRIBE_STRUCT(span_status, (), (status_code, description))

/// Times are nanoseconds since 1970.
struct sent_span {
    std::string name;
    span_context context;
    std::string kind;
    std::optional<std::string> parent_id;
    std::int64_t start_time = 0, end_time = 0;
    span_status status;
    std::optional<json::value> attributes, events, links, resource, log_request;
};
BOOST_DESCRIBE_STRUCT(sent_span, (),
                      (name, context, kind, parent_id, start_time, end_time, status, attributes, events, links,
                       resource, log_request))

struct spans_body {
    std::vector<sent_span> spans;
    std::optional<bool> close_after;
};
BOOST_DESCRIBE_STRUCT(spans_body, (), (spans, close_after))

struct spans_request {
    spans_body body;
};
BOOST_DESCRIBE_STRUCT(spans_request, (), (body))

struct made_span {
    std::int64_t id = 0;
    std::string name, trace_id, span_id;
    nullable<std::string> parent_id;
    std::int64_t start_time = 0, end_time = 0;
};
BOOST_DESCRIBE_STRUCT(made_span, (), (id, name, trace_id, span_id, parent_id, start_time, end_time))

struct made_request_log {
    std::int64_t id = 0;
    std::string span_id;
};
BOOST_DESCRIBE_STRUCT(made_request_log, (), (id, span_id))

struct spans_answer {
    bool success = true;
    std::vector<made_span> spans;
    std::vector<made_request_log> request_logs;
    std::optional<std::vector<std::string>> rejected_span_ids, rejected_trace_ids;
    std::optional<std::string> rejection_reason;
};
BOOST_DESCRIBE_STRUCT(spans_answer, (),
                      (success, spans, request_logs, rejected_span_ids, rejected_trace_ids, rejection_reason))

namespace
{

constexpr std::size_t most_sent_spans = 1000, longest_description = 16 * 1024;

/// A word of a closed set, which may have the name of the set before it: `SpanKind.CLIENT`.
result<std::string> word_of(std::string_view given, std::string_view set, std::span<std::string_view const> words,
                            std::string const& path)
{
    auto word = given;
    if (word.starts_with(set) && word.substr(set.size()).starts_with('.')) word.remove_prefix(set.size() + 1);
    if (std::ranges::find(words, word) != words.end()) return std::string(word);
    std::string known;
    for (auto const& each : words) known.append(known.empty() ? "" : ", ").append(set).append(".").append(each);
    return unprocessable(path + ": must be one of " + known);
}

/// A member that is an object, or an array, as its text; `otherwise` where it is not there.
result<std::string> json_of(std::optional<json::value> const& given, json::kind expected, std::string_view otherwise,
                            std::string const& path)
{
    if (!given || given->is_null()) return std::string(otherwise);
    if (given->kind() != expected)
        return unprocessable(path + (expected == json::kind::object ? ": expected an object" : ": expected an array"));
    return json::serialize(*given);
}

/// The call that a span logs; times that it does not say are the span's.
result<call_to_track> logged_call(sent_span& from, std::string const& path)
{
    constexpr double ns_of_second = 1e9;
    auto* object = from.log_request->if_object();
    if (!object) return unprocessable(path + ": expected an object");
    object->emplace("request_start_time", static_cast<double>(from.start_time) / ns_of_second);
    object->emplace("request_end_time", static_cast<double>(from.end_time) / ns_of_second);
    log_request_body body;
    if (auto const bad =
            read_json(*from.log_request, shape_of<log_request_body>, &body, "body", false, unknown_members::ignored))
        return unprocessable(path + "." + *bad);
    auto call = call_of(body);
    if (!call) {
        auto why = call.error();
        why.text = path + "." + why.text;
        return why;
    }
    call->span_id = from.context.span_id;
    return call;
}

result<told_span> told_span_of(sent_span& from, std::string const& path)
{
    constexpr std::string_view kinds[] = {"INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"};
    constexpr std::string_view codes[] = {"OK", "ERROR", "UNSET"};
    auto const parent = from.parent_id.value_or(std::string());
    auto const description = from.status.description.value_or(std::string());
    struct {
        std::string_view field;
        std::string const& text;
        std::size_t longest;
    } const texts[] = {{".name", from.name, longest_span_name},
                       {".context.trace_id", from.context.trace_id, longest_span_id},
                       {".context.span_id", from.context.span_id, longest_span_id},
                       {".parent_id", parent, longest_span_id},
                       {".status.description", description, longest_description}};
    for (auto const& [field, text, longest] : texts)
        if (auto bad = problem_with_value(path + std::string(field), text, longest)) return *bad;
    if (from.context.trace_id.empty()) return unprocessable(path + ".context.trace_id: must not be empty");
    if (from.context.span_id.empty()) return unprocessable(path + ".context.span_id: must not be empty");

    told_span told;
    auto& what = told.what;
    auto kind = word_of(from.kind, "SpanKind", kinds, path + ".kind");
    if (!kind) return kind.error();
    auto code = word_of(from.status.status_code, "StatusCode", codes, path + ".status.status_code");
    if (!code) return code.error();
    struct {
        std::optional<json::value> const& given;
        json::kind expected;
        std::string_view otherwise, field;
        std::string& to;
    } const parts[] = {{from.attributes, json::kind::object, "{}", ".attributes", what.attributes},
                       {from.events, json::kind::array, "[]", ".events", what.events},
                       {from.links, json::kind::array, "[]", ".links", what.links},
                       {from.resource, json::kind::object, "{}", ".resource", what.resource}};
    for (auto const& [given, expected, otherwise, field, to] : parts) {
        auto text = json_of(given, expected, otherwise, path + std::string(field));
        if (!text) return text.error();
        to = std::move(*text);
    }
    what.trace_id = std::move(from.context.trace_id);
    what.span_id = from.context.span_id;
    what.parent_id = std::move(from.parent_id);
    what.name = std::move(from.name);
    what.kind = std::move(*kind);
    what.started_ns = from.start_time;
    what.ended_ns = from.end_time;
    what.status = std::move(*code);
    what.status_description = std::move(from.status.description);
    if (!from.log_request || from.log_request->is_null()) return told;
    auto call = logged_call(from, path + ".log_request");
    if (!call) return call.error();
    told.call = std::move(*call);
    return told;
}

spans_answer answer_for(kept_spans kept)
{
    spans_answer answer;
    for (auto& [what, request] : kept.kept) {
        if (request) answer.request_logs.push_back({*request, what.span_id});
        answer.spans.push_back({what.id, std::move(what.name), std::move(what.trace_id), std::move(what.span_id),
                                std::move(what.parent_id), what.started_ns, what.ended_ns});
    }
    if (kept.rejected_spans.empty()) return answer;
    answer.rejected_span_ids = std::move(kept.rejected_spans);
    answer.rejected_trace_ids = std::move(kept.rejected_traces);
    answer.rejection_reason = "trace_closed";
    return answer;
}

asio::awaitable<result<created<spans_answer>>> take_spans(spans_request asked, services& with)
{
    auto& sent = asked.body.spans;
    if (sent.size() > most_sent_spans) co_return unprocessable("spans: at most 1000 at once");
    std::vector<told_span> told;
    for (std::size_t i = 0; i < sent.size(); ++i) {
        auto one = told_span_of(sent[i], "spans[" + std::to_string(i) + "]");
        if (!one) co_return one.error();
        told.push_back(std::move(*one));
    }
    auto kept = co_await keep_spans(std::move(told), asked.body.close_after.value_or(false), with);
    if (!kept) co_return kept.error();
    co_return created<spans_answer>{answer_for(std::move(*kept))};
}

constexpr endpoint span_entries[] = {
    logs(post<take_spans>("/spans-bulk", "TakeSpans", "Keeps spans of traces, and records the calls that they log")),
};
static_assert(each_is_unique(span_entries));

} // namespace
} // namespace weir::api::promptlayer

namespace weir::api
{

constinit group const promptlayer_span_endpoints{"PromptLayer tracing", promptlayer::span_entries, false,
                                                 dialect::promptlayer};

} // namespace weir::api
