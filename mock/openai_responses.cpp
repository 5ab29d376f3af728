#include "mock/openai.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <memory>

namespace json = boost::json;

namespace weir::mock::openai
{
namespace
{

/// What a Responses answer holds, whether it is sent whole or told event by event.
struct reply {
    prompt said;
    std::string text;      // of a message
    std::string arguments; // of a tool call
    std::uint64_t words = 0;
    std::uint64_t reasoning_tokens = 0;
    std::uint64_t cached_tokens = 0;

    bool is_call() const { return !said.tool.empty(); }

    std::string seed() const { return said.model + said.last_user; }

    std::string item_id() const { return stable_id(is_call() ? "fc_" : "msg_", seed()); }
};

json::object part_of(std::string_view text)
{
    return {{"type", "output_text"}, {"annotations", json::array{}}, {"logprobs", json::array{}}, {"text", text}};
}

json::object item_of(reply const& r, bool complete)
{
    auto const* status = complete ? "completed" : "in_progress";
    if (r.is_call())
        return {{"id", r.item_id()},
                {"type", "function_call"},
                {"status", status},
                {"arguments", complete ? r.arguments : ""},
                {"call_id", stable_id("call_", r.said.last_user)},
                {"name", r.said.tool}};
    json::array content;
    if (complete) content.push_back(part_of(r.text));
    return {{"id", r.item_id()},
            {"type", "message"},
            {"status", status},
            {"content", std::move(content)},
            {"role", "assistant"}};
}

json::object response_of(reply const& r, bool complete)
{
    json::value usage = nullptr;
    json::array output;
    if (complete) {
        auto const output_tokens = r.words + r.reasoning_tokens;
        usage = {{"input_tokens", r.said.words},
                 {"input_tokens_details", {{"cached_tokens", std::min(r.cached_tokens, r.said.words)}}},
                 {"output_tokens", output_tokens},
                 {"output_tokens_details", {{"reasoning_tokens", r.reasoning_tokens}}},
                 {"total_tokens", r.said.words + output_tokens}};
        output.push_back(item_of(r, true));
    }
    return {{"id", stable_id("resp_", r.seed())},
            {"object", "response"},
            {"created_at", created_at},
            {"status", complete ? "completed" : "in_progress"},
            {"background", false},
            {"error", nullptr},
            {"incomplete_details", nullptr},
            {"instructions", nullptr},
            {"max_output_tokens", nullptr},
            {"model", r.said.model},
            {"output", std::move(output)},
            {"parallel_tool_calls", true},
            {"previous_response_id", nullptr},
            {"reasoning", {{"effort", nullptr}, {"summary", nullptr}}},
            {"service_tier", "default"},
            {"store", true},
            {"temperature", 1},
            {"text", {{"format", {{"type", "text"}}}}},
            {"tool_choice", "auto"},
            {"tools", json::array{}},
            {"top_p", 1},
            {"truncation", "disabled"},
            {"usage", std::move(usage)},
            {"user", nullptr},
            {"metadata", json::object{}}};
}

/// An event of that type; `rest` is what follows type and sequence number.
std::string event(std::string_view type, std::uint64_t number, json::object const& rest)
{
    json::object data{{"type", type}, {"sequence_number", number}};
    data.insert(rest.begin(), rest.end());
    return sse(type, json::serialize(data));
}

void add_message_events(std::shared_ptr<reply> const& r, answer_text text, event_stream& stream)
{
    json::object const where{{"item_id", r->item_id()}, {"output_index", 0}, {"content_index", 0}};
    auto const at = [where](std::string_view name, json::value value) {
        auto fields = where;
        fields[name] = std::move(value);
        return fields;
    };
    stream.before.push_back(event("response.content_part.added", 3, at("part", part_of(""))));
    stream.count = text.chunks();
    auto const shared_text = std::make_shared<answer_text>(std::move(text));
    auto const tail =
        ",\"item_id\":" + quoted(r->item_id()) + ",\"output_index\":0,\"content_index\":0,\"logprobs\":[],\"delta\":";
    stream.content = [shared_text, tail](std::uint64_t i) {
        return sse("response.output_text.delta",
                   "{\"type\":\"response.output_text.delta\",\"sequence_number\":" + std::to_string(4 + i) + tail +
                       quoted(shared_text->chunk(i)) + "}");
    };
    auto const next = 4 + stream.count;
    auto done = at("text", json::value(r->text));
    done["logprobs"] = json::array{};
    stream.after.push_back(event("response.output_text.done", next, done));
    stream.after.push_back(event("response.content_part.done", next + 1, at("part", part_of(r->text))));
}

void add_call_events(std::shared_ptr<reply> const& r, event_stream& stream)
{
    auto const pieces = std::make_shared<std::vector<std::string>>(fragments(r->arguments, 7));
    stream.count = pieces->size();
    stream.content = [pieces, r](std::uint64_t i) {
        return event("response.function_call_arguments.delta", 3 + i,
                     {{"item_id", r->item_id()}, {"output_index", 0}, {"delta", (*pieces)[i]}});
    };
    stream.after.push_back(
        event("response.function_call_arguments.done", 3 + stream.count,
              {{"item_id", r->item_id()}, {"output_index", 0}, {"name", r->said.tool}, {"arguments", r->arguments}}));
}

answer responses_stream(std::shared_ptr<reply> const& r, answer_text text)
{
    event_stream stream;
    stream.before.push_back(event("response.created", 0, {{"response", response_of(*r, false)}}));
    stream.before.push_back(event("response.in_progress", 1, {{"response", response_of(*r, false)}}));
    stream.before.push_back(
        event("response.output_item.added", 2, {{"output_index", 0}, {"item", item_of(*r, false)}}));
    if (r->is_call())
        add_call_events(r, stream);
    else
        add_message_events(r, std::move(text), stream);
    auto const next = stream.before.size() + stream.count + stream.after.size();
    stream.after.push_back(
        event("response.output_item.done", next, {{"output_index", 0}, {"item", item_of(*r, true)}}));
    stream.last = event("response.completed", next + 1, {{"response", response_of(*r, true)}});
    stream.error =
        event("error", next + 1,
              {{"code", "server_error"}, {"message", "The mock stream failed as asked."}, {"param", nullptr}});
    return stream_answer(std::move(stream));
}

} // namespace

answer responses(request const& from, knobs const& asked)
{
    auto const r = std::make_shared<reply>();
    r->said = read_openai(from);
    if (!r->said.problem.empty()) return error_answer(vendor::openai, 400, r->said.problem);
    auto text = text_for(r->said, asked);
    r->reasoning_tokens = asked.reasoning_tokens;
    r->cached_tokens = asked.cached_tokens;
    if (r->is_call())
        r->arguments = tool_arguments(r->said);
    else
        r->text = text.whole();
    r->words = r->is_call() ? count_words(r->arguments) : text.words();

    auto const streamed = asked.shaped == shape::sse || (r->said.stream && asked.shaped != shape::json);
    if (streamed) return responses_stream(r, std::move(text));
    if (asked.body_bytes) r->text += fill_mark;
    return json_answer(response_of(*r, true));
}

} // namespace weir::mock::openai
