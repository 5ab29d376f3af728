#include "api/helicone_request.hpp"

#include "api/write_json.hpp"
#include "net/time_text.hpp"
#include "pricing/cost.hpp"
#include "storage/requests.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>

namespace json = boost::json;

namespace weir::api
{
namespace
{

struct renaming {
    std::string_view id;
    provider_name name;
};

constexpr renaming provider_names[] = {
    {"openai", provider_name::OPENAI},         {"anthropic", provider_name::ANTHROPIC},
    {"azure", provider_name::AZURE},           {"google", provider_name::GOOGLE},
    {"gemini", provider_name::GOOGLE},         {"vertex", provider_name::GOOGLE},
    {"bedrock", provider_name::AWS},           {"groq", provider_name::GROQ},
    {"mistral", provider_name::MISTRAL},       {"together", provider_name::TOGETHER},
    {"openrouter", provider_name::OPENROUTER}, {"deepseek", provider_name::DEEPSEEK},
    {"cohere", provider_name::COHERE},         {"fireworks", provider_name::FIREWORKS},
    {"perplexity", provider_name::PERPLEXITY}, {"xai", provider_name::X},
    {"deepinfra", provider_name::DEEPINFRA},   {"nebius", provider_name::NEBIUS},
    {"novita", provider_name::NOVITA},         {"ollama", provider_name::LOCAL},
    {"llamacpp", provider_name::LOCAL},        {"vllm", provider_name::LOCAL},
    {"lmstudio", provider_name::LOCAL},
};

nullable<std::string> text_or_null(std::string const& text)
{
    if (text.empty()) return {};
    return text;
}

nullable<double> in_milliseconds(std::optional<std::int64_t> us)
{
    if (!us) return {};
    return static_cast<double>(*us) / 1000;
}

nullable<std::int64_t> total_tokens(pricing::usage const& used)
{
    if (used.total) return used.total;
    if (used.prompt && used.completion) return *used.prompt + *used.completion;
    return {};
}

/// Accepts whatever is JSON and keeps nothing of it.
struct json_judge {
    static constexpr std::size_t max_object_size = SIZE_MAX;
    static constexpr std::size_t max_array_size = SIZE_MAX;
    static constexpr std::size_t max_key_size = SIZE_MAX;
    static constexpr std::size_t max_string_size = SIZE_MAX;

    using error_code = boost::system::error_code;
    using text = json::string_view;

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) { return true; }
    bool on_object_end(std::size_t, error_code&) { return true; }
    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t, error_code&) { return true; }
    bool on_key_part(text, std::size_t, error_code&) { return true; }
    bool on_key(text, std::size_t, error_code&) { return true; }
    bool on_string_part(text, std::size_t, error_code&) { return true; }
    bool on_string(text, std::size_t, error_code&) { return true; }
    bool on_number_part(text, error_code&) { return true; }
    bool on_int64(std::int64_t, text, error_code&) { return true; }
    bool on_uint64(std::uint64_t, text, error_code&) { return true; }
    bool on_double(double, text, error_code&) { return true; }
    bool on_bool(bool, error_code&) { return true; }
    bool on_null(error_code&) { return true; }
    bool on_comment_part(text, error_code&) { return true; }
    bool on_comment(text, error_code&) { return true; }
};

bool is_json(std::string const& text)
{
    json::parse_options options;
    options.max_depth = 256; // a provider's own schemas nest; clients' parsers bear this much
    json::basic_parser<json_judge> parser(options);
    boost::system::error_code error;
    auto const used = parser.write_some(false, text.data(), text.size(), error);
    return !error && used == text.size();
}

} // namespace

provider_name provider_name_of(std::string_view provider_id)
{
    auto const found = std::ranges::find(provider_names, provider_id, &renaming::id);
    return found == std::end(provider_names) ? provider_name::CUSTOM : found->name;
}

raw_json body_placeholder(std::string_view message)
{
    raw_json body{R"({"helicone_message":)"};
    write_string(message, body.text);
    body.text += '}';
    return body;
}

raw_json error_body(storage::request_record const& row)
{
    raw_json body{R"({"error":{"type":)"};
    write_string(row.error_type, body.text);
    body.text += R"(,"message":)";
    write_string(row.error_message, body.text);
    body.text += "}}";
    return body;
}

raw_json stored_body(std::string text)
{
    if (text.empty()) return {};
    if (is_json(text)) return {std::move(text)};
    raw_json body{""};
    write_string(text, body.text);
    return body;
}

namespace
{

helicone_request_columns columns_of(storage::request_row const& from, request_links const& links)
{
    auto const& row = from.record;
    auto const& used = row.used;
    auto const dollars = row.cost.nanos
                             ? nullable<double>(static_cast<double>(*row.cost.nanos) / pricing::nanos_of_dollar)
                             : nullable<double>();
    auto const has_response = row.status != storage::status::pending && row.ended_us != 0;

    helicone_request_columns shown;
    if (has_response) {
        shown.response_id = storage::response_id(row.id).text();
        shown.response_created_at = net::time_text(row.ended_us);
        shown.delay_ms = in_milliseconds(row.ended_us - row.created_us);
    }
    shown.response_status = row.status;
    shown.response_model = text_or_null(row.response_model);
    shown.request_id = row.request_id.text();
    shown.request_created_at = net::time_text(row.created_us);
    shown.request_body = body_placeholder("the body is not part of this answer: fetch signed_body_url, or ask for this "
                                          "request with includeBody=true");
    shown.response_body = shown.request_body;
    shown.request_path = row.path;
    shown.request_user_id = text_or_null(row.user_id);
    shown.request_properties = row.properties;
    shown.request_model = text_or_null(row.request_model);
    shown.model_override = text_or_null(row.model_override);
    shown.provider = provider_name_of(row.provider);
    shown.time_to_first_token = in_milliseconds(row.time_to_first_token_us);
    shown.total_tokens = total_tokens(used);
    shown.prompt_tokens = used.prompt;
    shown.prompt_cache_write_tokens = used.cache_write;
    shown.prompt_cache_read_tokens = used.cache_read;
    shown.completion_tokens = used.completion;
    shown.prompt_audio_tokens = used.prompt_audio;
    shown.completion_audio_tokens = used.completion_audio;
    shown.cost = dollars;
    shown.costUSD = dollars;
    shown.prompt_id = text_or_null(row.prompt_id);
    if (row.has_body) shown.signed_body_url = links.to_bodies(row.request_id);
    auto& asset_ids = shown.asset_ids.value.emplace();
    auto& asset_urls = shown.asset_urls.value.emplace();
    for (std::size_t n = 0; n < static_cast<std::size_t>(row.asset_count); ++n) {
        asset_ids.push_back(storage::asset_id(row.id, n).text());
        if (auto const url = links.to_asset(row.request_id, n)) asset_urls.emplace_back(asset_ids.back(), *url);
    }
    shown.assets = asset_ids;
    shown.properties = row.properties;
    shown.target_url = row.target_url;
    shown.model = row.model;
    shown.updated_at = net::time_text(has_response ? row.ended_us : row.created_us);
    if (!from.tags.empty()) shown.tags = from.tags;
    if (from.is_starred) shown.starred = true;
    if (from.rating) {
        shown.feedback_id = from.rating->id.text();
        shown.feedback_created_at = net::time_text(from.rating->created_us);
        shown.feedback_rating = from.rating->is_good;
    }
    return shown;
}

} // namespace

void show_bodies(helicone_request_columns& shown, storage::request_record const& row,
                 std::optional<storage::bodies> kept)
{
    bool const has_answer = kept && !kept->response.empty();
    if (kept) {
        shown.request_body = stored_body(std::move(kept->request));
        shown.response_body = stored_body(std::move(kept->response));
    } else {
        auto const why = row.body_missing.empty() ? std::string("no body is kept of this request")
                                                  : "the body was not recorded: " + row.body_missing;
        shown.request_body = body_placeholder(why);
        shown.response_body = shown.request_body;
    }
    if (!has_answer && !row.error_type.empty()) shown.response_body = error_body(row);
}

helicone_request helicone_request_of(storage::request_row const& row, request_links const& links)
{
    helicone_request shown;
    static_cast<helicone_request_columns&>(shown) = columns_of(row, links);
    if (shown.model.empty()) shown.model = "unknown";
    auto& scores = shown.scores.value.emplace(); // without any it is {} here and null there
    for (auto const& one : row.scores) scores.emplace_back(one.key, static_cast<double>(one.value));
    return shown;
}

queried_helicone_request queried_helicone_request_of(storage::request_row const& row, request_links const& links)
{
    queried_helicone_request shown;
    static_cast<helicone_request_columns&>(shown) = columns_of(row, links);
    if (row.scores.empty()) return shown;
    auto& scores = shown.scores.value.emplace();
    for (auto const& one : row.scores) {
        auto const type = one.is_boolean ? score_type::boolean : score_type::number;
        scores.emplace_back(one.key, typed_score{static_cast<double>(one.value), type});
    }
    return shown;
}

} // namespace weir::api
