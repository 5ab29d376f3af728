#include "mock/openai.hpp"

#include "mock/multipart.hpp"

#include <boost/json/array.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>

namespace json = boost::json;

namespace weir::mock::openai
{
namespace
{

constexpr std::uint64_t max_dimensions = 4096;

/// Multiples of 1/128 between -1 and 1 that depend on the text alone and are exact in every notation.
std::vector<float> vector_for(std::string_view text, std::uint64_t dimensions)
{
    std::vector<float> result(dimensions);
    std::uint64_t state = 88172645463325252u;
    for (char const c : text) state = state * 31 + static_cast<unsigned char>(c);
    for (auto& value : result) {
        state ^= state << 13; // xorshift
        state ^= state >> 7;
        state ^= state << 17;
        value = static_cast<float>(static_cast<int>(state % 257) - 128) / 128.0F;
    }
    return result;
}

std::string base64(std::string_view bytes)
{
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    auto const* from = static_cast<unsigned char const*>(static_cast<void const*>(bytes.data()));
    auto* to = static_cast<unsigned char*>(static_cast<void*>(text.data()));
    auto const length = EVP_EncodeBlock(to, from, static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

json::value embedding(std::string_view text, std::uint64_t dimensions, bool as_base64)
{
    auto const values = vector_for(text, dimensions);
    if (as_base64) {
        std::string bytes(values.size() * sizeof(float), '\0'); // little-endian, as this machine is
        std::memcpy(bytes.data(), values.data(), bytes.size());
        return json::value(base64(bytes));
    }
    json::array list;
    for (float const value : values) list.push_back(static_cast<double>(value));
    return list;
}

json::object model_named(std::string_view name)
{
    return {{"id", name}, {"object", "model"}, {"created", created_at}, {"owned_by", "mock"}};
}

// A PNG of one transparent pixel.
constexpr std::string_view one_pixel =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAA"
    "AABJRU5ErkJggg==";

} // namespace

answer embeddings(request const& from)
{
    std::string problem;
    auto const body = parse_body(from, problem);
    if (!problem.empty()) return error_answer(vendor::openai, 400, problem);
    auto const* input = body.if_contains("input");
    auto const model = string_member(body, "model");
    if (!input || model.empty()) return error_answer(vendor::openai, 400, "Both model and input are required.");

    std::uint64_t dimensions = 16;
    if (auto const* wanted = body.if_contains("dimensions"); wanted && wanted->is_int64() && wanted->get_int64() > 0)
        dimensions = std::min(static_cast<std::uint64_t>(wanted->get_int64()), max_dimensions);
    auto const as_base64 = string_member(body, "encoding_format") == "base64";

    json::array data;
    std::uint64_t words = 0;
    auto const add = [&data, &words, dimensions, as_base64](std::string_view text) {
        words += count_words(text);
        data.push_back(
            {{"object", "embedding"}, {"index", data.size()}, {"embedding", embedding(text, dimensions, as_base64)}});
    };
    if (auto const* text = input->if_string()) add(*text);
    if (auto const* list = input->if_array())
        for (auto const& element : *list)
            if (element.is_string()) add(element.get_string());
    return json_answer({{"object", "list"},
                        {"data", std::move(data)},
                        {"model", model},
                        {"usage", {{"prompt_tokens", words}, {"total_tokens", words}}}});
}

answer transcription(request const& from)
{
    auto const upload = read_multipart(from);
    auto const model = upload.field("model");
    if (model.empty() || upload.file_name.empty())
        return error_answer(vendor::openai, 400, "A multipart body with file and model is required.");
    auto const text =
        "Heard " + std::to_string(upload.file_bytes) + " bytes of " + upload.file_name + " in the mock provider.";
    if (upload.field("response_format") == "text") {
        answer plain;
        plain.content_type = "text/plain; charset=utf-8";
        plain.body = text + "\n";
        return plain;
    }
    if (model.starts_with("whisper"))
        return json_answer({{"text", text}, {"usage", {{"type", "duration"}, {"seconds", 3}}}});
    auto const audio = upload.file_bytes / 100;
    auto const words = count_words(text);
    return json_answer({{"text", text},
                        {"usage",
                         {{"type", "tokens"},
                          {"input_tokens", audio},
                          {"input_token_details", {{"text_tokens", 0}, {"audio_tokens", audio}}},
                          {"output_tokens", words},
                          {"total_tokens", audio + words}}}});
}

answer speech(request const& from, knobs const& asked)
{
    std::string problem;
    auto const body = parse_body(from, problem);
    if (!problem.empty()) return error_answer(vendor::openai, 400, problem);
    return binary_answer("audio/mpeg", asked.body_bytes.value_or(4096));
}

answer images(request const& from)
{
    std::string problem;
    auto const body = parse_body(from, problem);
    auto const text = string_member(body, "prompt");
    if (problem.empty() && text.empty()) problem = "Missing required parameter: 'prompt'.";
    if (!problem.empty()) return error_answer(vendor::openai, 400, problem);
    auto const words = count_words(text);
    return json_answer({{"created", created_at},
                        {"data", json::array{{{"b64_json", one_pixel}}}},
                        {"usage",
                         {{"input_tokens", words},
                          {"input_tokens_details", {{"text_tokens", words}, {"image_tokens", 0}}},
                          {"output_tokens", 272},
                          {"output_tokens_details", {{"text_tokens", 0}, {"image_tokens", 272}}},
                          {"total_tokens", words + 272}}}});
}

answer moderations(request const& from)
{
    std::string problem;
    auto const body = parse_body(from, problem);
    if (!problem.empty()) return error_answer(vendor::openai, 400, problem);
    auto const flagged = to_lower(from.body).find("violence") != std::string::npos;
    auto const* model = body.if_contains("model");
    return json_answer({{"id", stable_id("modr-", from.body)},
                        {"model", model ? *model : json::value("omni-moderation-latest")},
                        {"results", json::array{{{"flagged", flagged},
                                                 {"categories", {{"violence", flagged}}},
                                                 {"category_scores", {{"violence", flagged ? 0.9 : 0.01}}}}}}});
}

answer upload(request const& from)
{
    auto const parts = read_multipart(from);
    if (parts.file_name.empty()) return error_answer(vendor::openai, 400, "'file' is a required property");
    return json_answer({{"id", stable_id("file-", parts.file_name)},
                        {"object", "file"},
                        {"bytes", parts.file_bytes},
                        {"created_at", created_at},
                        {"filename", parts.file_name},
                        {"purpose", parts.field("purpose")},
                        {"status", "processed"}});
}

answer models()
{
    json::array data;
    for (auto const* name : {"gpt-4o", "gpt-4o-mini", "gpt-4.1", "text-embedding-3-small"})
        data.push_back(model_named(name));
    return json_answer({{"object", "list"}, {"data", std::move(data)}});
}

answer model(std::string_view name) { return json_answer(model_named(name)); }

} // namespace weir::mock::openai
