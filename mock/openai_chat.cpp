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

json::object usage_of(prompt const& said, std::uint64_t words, knobs const& asked)
{
    auto const completion = words + asked.reasoning_tokens;
    return {
        {"prompt_tokens", said.words},
        {"completion_tokens", completion},
        {"total_tokens", said.words + completion},
        {"prompt_tokens_details", {{"cached_tokens", std::min(asked.cached_tokens, said.words)}, {"audio_tokens", 0}}},
        {"completion_tokens_details",
         {{"reasoning_tokens", asked.reasoning_tokens},
          {"audio_tokens", 0},
          {"accepted_prediction_tokens", 0},
          {"rejected_prediction_tokens", 0}}}};
}

bool usage_wanted(prompt const& said)
{
    auto const* options = said.body.if_contains("stream_options");
    return options && options->is_object() && true_member(options->get_object(), "include_usage");
}

/// The part of a chunk that is the same in all chunks of a stream, up to the value of `choices`.
std::string chunk_start(std::string_view object, prompt const& said)
{
    return "{\"id\":" + quoted(stable_id("chatcmpl-", said.model + said.last_user)) + ",\"object\":\"" +
           std::string(object) + "\",\"created\":" + std::to_string(created_at) + ",\"model\":" + quoted(said.model) +
           ",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_mock\"" + ",\"choices\":";
}

std::string delta_event(std::string const& start, std::string_view delta, std::string_view finish, bool with_usage)
{
    std::string data = start;
    data.append("[{\"index\":0,\"delta\":").append(delta).append(",\"logprobs\":null,\"finish_reason\":");
    data.append(finish).append("}]").append(with_usage ? ",\"usage\":null}" : "}");
    return sse("", data);
}

std::string tool_delta(std::string_view inside)
{
    return "{\"tool_calls\":[{\"index\":0," + std::string(inside) + "}]}";
}

answer chat_stream(prompt const& said, knobs const& asked)
{
    auto const start = chunk_start("chat.completion.chunk", said);
    auto const with_usage = usage_wanted(said);
    event_stream stream;
    std::uint64_t words = 0;
    if (said.tool.empty()) {
        auto const text = std::make_shared<answer_text>(text_for(said, asked));
        words = text->words();
        stream.before.push_back(
            delta_event(start, R"({"role":"assistant","content":"","refusal":null})", "null", with_usage));
        stream.count = text->chunks();
        stream.content = [start, text, with_usage](std::uint64_t i) {
            return delta_event(start, "{\"content\":" + quoted(text->chunk(i)) + "}", "null", with_usage);
        };
        stream.after.push_back(delta_event(start, "{}", "\"stop\"", with_usage));
    } else {
        auto const arguments = tool_arguments(said);
        auto const id = stable_id("call_", said.last_user);
        words = count_words(arguments);
        stream.before.push_back(
            delta_event(start,
                        "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"index\":0,\"id\":" + quoted(id) +
                            ",\"type\":\"function\",\"function\":{\"name\":" + quoted(said.tool) +
                            ",\"arguments\":\"\"}}],\"refusal\":null}",
                        "null", with_usage));
        auto const pieces = std::make_shared<std::vector<std::string>>(fragments(arguments, 7));
        stream.count = pieces->size();
        stream.content = [start, pieces, with_usage](std::uint64_t i) {
            auto const inside = "\"function\":{\"arguments\":" + quoted((*pieces)[i]) + "}";
            return delta_event(start, tool_delta(inside), "null", with_usage);
        };
        stream.after.push_back(delta_event(start, "{}", "\"tool_calls\"", with_usage));
    }
    if (with_usage)
        stream.after.push_back(sse("", start + "[],\"usage\":" + json::serialize(usage_of(said, words, asked)) + "}"));
    stream.last = sse("", "[DONE]");
    stream.error = sse("", json::serialize(error_body(vendor::openai, 500, "The mock stream failed as asked.")));
    return stream_answer(std::move(stream));
}

} // namespace

answer chat(request const& from, knobs const& asked)
{
    auto const said = read_openai(from);
    if (!said.problem.empty()) return error_answer(vendor::openai, 400, said.problem);
    if (said.stream && asked.shaped != shape::json) return chat_stream(said, asked);
    if (asked.shaped == shape::sse) return chat_stream(said, asked);

    json::object message{{"role", "assistant"}, {"content", nullptr}, {"refusal", nullptr}};
    std::uint64_t words = 0;
    if (said.tool.empty()) {
        auto const text = text_for(said, asked);
        words = text.words();
        message["content"] = text.whole() + std::string(asked.body_bytes ? fill_mark : "");
        message["annotations"] = json::array{};
    } else {
        auto const arguments = tool_arguments(said);
        words = count_words(arguments);
        message["tool_calls"] = json::array{{{"id", stable_id("call_", said.last_user)},
                                             {"type", "function"},
                                             {"function", {{"name", said.tool}, {"arguments", arguments}}}}};
    }
    auto const* finish = said.tool.empty() ? "stop" : "tool_calls";
    return json_answer(
        {{"id", stable_id("chatcmpl-", said.model + said.last_user)},
         {"object", "chat.completion"},
         {"created", created_at},
         {"model", said.model},
         {"choices",
          json::array{
              {{"index", 0}, {"message", std::move(message)}, {"logprobs", nullptr}, {"finish_reason", finish}}}},
         {"usage", usage_of(said, words, asked)},
         {"service_tier", "default"},
         {"system_fingerprint", "fp_mock"}});
}

answer completions(request const& from, knobs const& asked)
{
    auto const said = read_openai(from);
    if (!said.problem.empty()) return error_answer(vendor::openai, 400, said.problem);
    auto const text = std::make_shared<answer_text>(text_for(said, asked));
    auto const start = chunk_start("text_completion", said);
    auto const choice = [start](std::string_view inner, std::string_view finish) {
        return start + "[{\"text\":" + quoted(inner) +
               ",\"index\":0,\"logprobs\":null,\"finish_reason\":" + std::string(finish) + "}]";
    };
    auto const usage = ",\"usage\":" + json::serialize(usage_of(said, text->words(), asked)) + "}";
    if (!said.stream || asked.shaped == shape::json) {
        answer result;
        result.body = choice(text->whole() + std::string(asked.body_bytes ? fill_mark : ""), "\"stop\"") + usage;
        return result;
    }
    event_stream stream;
    stream.count = text->chunks();
    stream.content = [text, choice](std::uint64_t i) { return sse("", choice(text->chunk(i), "null") + "}"); };
    stream.after.push_back(sse("", choice("", "\"stop\"") + "}"));
    if (usage_wanted(said)) stream.after.push_back(sse("", start + "[]" + usage));
    stream.last = sse("", "[DONE]");
    stream.error = sse("", json::serialize(error_body(vendor::openai, 500, "The mock stream failed as asked.")));
    return stream_answer(std::move(stream));
}

} // namespace weir::mock::openai
