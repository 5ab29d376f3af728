#include "mock/gemini.hpp"

#include "mock/prompt.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <memory>

namespace json = boost::json;

namespace weir::mock::gemini
{
namespace
{

json::object usage_of(prompt const& said, std::uint64_t words, knobs const& asked)
{
    json::object usage{{"promptTokenCount", said.words},
                       {"candidatesTokenCount", words},
                       {"totalTokenCount", said.words + words + asked.reasoning_tokens},
                       {"promptTokensDetails", json::array{{{"modality", "TEXT"}, {"tokenCount", said.words}}}}};
    if (asked.cached_tokens) usage["cachedContentTokenCount"] = std::min(asked.cached_tokens, said.words);
    if (asked.reasoning_tokens) usage["thoughtsTokenCount"] = asked.reasoning_tokens;
    return usage;
}

/// A whole answer, or one piece of a streamed one; without a finish reason when `finished` is false.
json::object response_of(prompt const& said, json::object part, bool finished, json::object usage)
{
    json::array parts;
    parts.push_back(std::move(part));
    json::object candidate{{"content", {{"parts", std::move(parts)}, {"role", "model"}}}, {"index", 0}};
    if (finished) candidate["finishReason"] = "STOP";
    json::array candidates;
    candidates.push_back(std::move(candidate));
    return {{"candidates", std::move(candidates)},
            {"usageMetadata", std::move(usage)},
            {"modelVersion", said.model},
            {"responseId", stable_id("", said.model + said.last_user)}};
}

json::object call_part(prompt const& said)
{
    return {{"functionCall", {{"name", said.tool}, {"args", json::parse(tool_arguments(said))}}}};
}

answer stream_of(request const& from, prompt const& said, knobs const& asked)
{
    auto const text = std::make_shared<answer_text>(text_for(said, asked));
    auto const shared = std::make_shared<prompt>(said);
    auto const is_sse = from.parameter("alt") == "sse";
    event_stream stream;
    stream.is_sse = is_sse;
    stream.line_end = "\r\n";
    stream.count = said.tool.empty() ? text->chunks() : 1;
    stream.content = [shared, text, asked, is_sse, count = stream.count](std::uint64_t i) {
        auto const is_last = i + 1 == count;
        auto part = shared->tool.empty() ? json::object{{"text", text->chunk(i)}} : call_part(*shared);
        auto const words = shared->tool.empty() ? text->words() * (i + 1) / count : 1;
        auto const data = json::serialize(
            response_of(*shared, std::move(part), is_last && !asked.no_done, usage_of(*shared, words, asked)));
        return is_sse ? sse("", data) : (i == 0 ? "" : ",\n") + data + "\n";
    };
    auto const error = json::serialize(error_body(vendor::gemini, 503, "The mock stream failed as asked."));
    stream.error = is_sse ? sse("", error) : ",\n" + error + "\n";
    if (!is_sse) {
        stream.before.emplace_back("[");
        stream.last = "]\n";
    }
    return stream_answer(std::move(stream));
}

answer generate(request const& from, prompt const& said, knobs const& asked, bool streamed)
{
    if (asked.shaped == shape::sse || (streamed && asked.shaped != shape::json)) return stream_of(from, said, asked);
    if (!said.tool.empty()) return json_answer(response_of(said, call_part(said), true, usage_of(said, 1, asked)));
    auto const text = text_for(said, asked);
    json::object part{{"text", text.whole() + std::string(asked.body_bytes ? fill_mark : "")}};
    return json_answer(response_of(said, std::move(part), true, usage_of(said, text.words(), asked)));
}

/// Eight numbers that depend on the request alone.
json::object embedding_of(std::string_view seed)
{
    json::array values;
    for (char const c : stable_id("", seed).substr(0, 8)) values.push_back((c - 'O') / 64.0);
    return {{"values", std::move(values)}};
}

answer embed(request const& from, bool batch)
{
    std::string problem;
    auto const body = parse_body(from, problem);
    if (!problem.empty()) return error_answer(vendor::gemini, 400, problem);
    if (!batch) return json_answer({{"embedding", embedding_of(from.body)}});
    json::array embeddings;
    if (auto const* requests = body.if_contains("requests"); requests && requests->is_array())
        for (auto const& one : requests->get_array()) embeddings.push_back(embedding_of(json::serialize(one)));
    return json_answer({{"embeddings", std::move(embeddings)}});
}

json::object model_named(std::string_view name)
{
    return {{"name", "models/" + std::string(name)},
            {"version", "001"},
            {"displayName", name},
            {"inputTokenLimit", 1048576},
            {"outputTokenLimit", 65536},
            {"supportedGenerationMethods", json::array{"generateContent", "countTokens"}}};
}

} // namespace

answer call(request const& from, std::string model, std::string_view verb, knobs const& asked)
{
    if (verb == "embedContent" || verb == "batchEmbedContents") return embed(from, verb == "batchEmbedContents");
    auto const streamed = verb == "streamGenerateContent";
    if (!streamed && verb != "generateContent" && verb != "countTokens")
        return error_answer(vendor::gemini, 404, "The mock provider does not know this method.");
    auto const said = read_gemini(from, std::move(model));
    if (!said.problem.empty()) return error_answer(vendor::gemini, 400, said.problem);
    if (verb == "countTokens") return json_answer({{"totalTokens", said.words}});
    return generate(from, said, asked, streamed);
}

answer models()
{
    json::array list;
    for (auto const* name : {"gemini-2.5-flash", "gemini-2.5-pro"}) list.push_back(model_named(name));
    return json_answer({{"models", std::move(list)}});
}

answer model(std::string_view name) { return json_answer(model_named(name)); }

} // namespace weir::mock::gemini
