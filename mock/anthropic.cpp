#include "mock/anthropic.hpp"

#include "mock/prompt.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <memory>

namespace json = boost::json;

namespace weir::mock::anthropic
{
namespace
{

json::object usage_of(prompt const& said, std::uint64_t output_tokens, knobs const& asked)
{
    auto const read = said.cache_read_words + asked.cached_tokens;
    return {{"input_tokens", said.words},
            {"cache_creation_input_tokens", said.cache_write_words + said.cache_write_long_words},
            {"cache_read_input_tokens", read},
            {"cache_creation",
             {{"ephemeral_5m_input_tokens", said.cache_write_words},
              {"ephemeral_1h_input_tokens", said.cache_write_long_words}}},
            {"output_tokens", output_tokens},
            {"service_tier", "standard"}};
}

json::object message_of(prompt const& said, json::array content, json::value stop_reason, json::object usage)
{
    return {{"id", stable_id("msg_", said.model + said.last_user)},
            {"type", "message"},
            {"role", "assistant"},
            {"model", said.model},
            {"content", std::move(content)},
            {"stop_reason", std::move(stop_reason)},
            {"stop_sequence", nullptr},
            {"usage", std::move(usage)}};
}

json::object tool_block(prompt const& said, json::value input)
{
    return {{"type", "tool_use"},
            {"id", stable_id("toolu_", said.last_user)},
            {"name", said.tool},
            {"input", std::move(input)}};
}

std::string event(std::string_view type, json::object const& rest)
{
    json::object data{{"type", type}};
    data.insert(rest.begin(), rest.end());
    return sse(type, json::serialize(data));
}

std::string delta_event(std::string_view delta)
{
    return sse("content_block_delta",
               "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{" + std::string(delta) + "}}");
}

answer message_stream(prompt const& said, knobs const& asked)
{
    event_stream stream;
    stream.before.push_back(
        event("message_start", {{"message", message_of(said, {}, nullptr, usage_of(said, 1, asked))}}));
    std::uint64_t words = 0;
    json::object block{{"type", "text"}, {"text", ""}};
    if (said.tool.empty()) {
        auto const text = std::make_shared<answer_text>(text_for(said, asked));
        words = text->words();
        stream.count = text->chunks();
        stream.content = [text](std::uint64_t i) {
            return delta_event("\"type\":\"text_delta\",\"text\":" + quoted(text->chunk(i)));
        };
    } else {
        auto const arguments = tool_arguments(said);
        words = count_words(arguments);
        block = tool_block(said, json::object{});
        auto const pieces = std::make_shared<std::vector<std::string>>(fragments(arguments, 7));
        stream.count = pieces->size();
        stream.content = [pieces](std::uint64_t i) {
            return delta_event("\"type\":\"input_json_delta\",\"partial_json\":" + quoted((*pieces)[i]));
        };
    }
    stream.before.push_back(event("content_block_start", {{"index", 0}, {"content_block", block}}));
    stream.before.push_back(event("ping", {}));
    stream.after.push_back(event("content_block_stop", {{"index", 0}}));
    stream.after.push_back(
        event("message_delta",
              {{"delta", {{"stop_reason", said.tool.empty() ? "end_turn" : "tool_use"}, {"stop_sequence", nullptr}}},
               {"usage", {{"output_tokens", words + asked.reasoning_tokens}}}}));
    stream.last = event("message_stop", {});
    stream.error = event("error", {{"error", {{"type", "overloaded_error"}, {"message", "Overloaded"}}}});
    return stream_answer(std::move(stream));
}

json::object model_named(std::string_view name)
{
    return {{"type", "model"}, {"id", name}, {"display_name", name}, {"created_at", "2026-01-01T00:00:00Z"}};
}

} // namespace

answer messages(request const& from, knobs const& asked)
{
    auto said = read_anthropic(from);
    if (said.problem.empty() && from.body_is_whole() && !said.body.contains("max_tokens"))
        said.problem = "max_tokens: Field required";
    if (!said.problem.empty()) return error_answer(vendor::anthropic, 400, said.problem);
    if (asked.shaped == shape::sse || (said.stream && asked.shaped != shape::json)) return message_stream(said, asked);

    if (!said.tool.empty()) {
        auto const arguments = tool_arguments(said);
        auto usage = usage_of(said, count_words(arguments) + asked.reasoning_tokens, asked);
        json::array content;
        content.push_back(tool_block(said, json::parse(arguments)));
        return json_answer(message_of(said, std::move(content), "tool_use", std::move(usage)));
    }
    auto const text = text_for(said, asked);
    json::object block{{"type", "text"}, {"text", text.whole() + std::string(asked.body_bytes ? fill_mark : "")}};
    json::array content;
    content.push_back(std::move(block));
    return json_answer(
        message_of(said, std::move(content), "end_turn", usage_of(said, text.words() + asked.reasoning_tokens, asked)));
}

answer count_tokens(request const& from)
{
    auto const said = read_anthropic(from);
    if (!said.problem.empty()) return error_answer(vendor::anthropic, 400, said.problem);
    return json_answer(
        {{"input_tokens", said.words + said.cache_read_words + said.cache_write_words + said.cache_write_long_words}});
}

answer models()
{
    json::array data;
    for (auto const* name : {"claude-opus-4-5", "claude-sonnet-4-5"}) data.push_back(model_named(name));
    return json_answer({{"data", std::move(data)},
                        {"has_more", false},
                        {"first_id", "claude-opus-4-5"},
                        {"last_id", "claude-sonnet-4-5"}});
}

answer model(std::string_view name) { return json_answer(model_named(name)); }

} // namespace weir::mock::anthropic
