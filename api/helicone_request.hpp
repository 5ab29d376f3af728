#pragma once

#include "api/request_links.hpp"
#include "api/types.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::storage
{
struct request_record;
struct request_row;
struct bodies;
} // namespace weir::storage

/// A recorded call as Helicone's API shows it (spec/helicone-api.md 1.1).
namespace weir::api
{

enum class provider_name {
    OPENAI,
    ANTHROPIC,
    AZURE,
    LOCAL,
    HELICONE,
    AMDBARTEK,
    ANYSCALE,
    CLOUDFLARE,
    twoyfv,
    TOGETHER,
    LEMONFOX,
    FIREWORKS,
    PERPLEXITY,
    GOOGLE,
    OPENROUTER,
    WISDOMINANUTSHELL,
    GROQ,
    COHERE,
    MISTRAL,
    DEEPINFRA,
    QSTASH,
    FIRECRAWL,
    AWS,
    DEEPSEEK,
    X,
    AVIAN,
    NEBIUS,
    NOVITA,
    CUSTOM
};
BOOST_DESCRIBE_ENUM(provider_name, OPENAI, ANTHROPIC, AZURE, LOCAL, HELICONE, AMDBARTEK, ANYSCALE, CLOUDFLARE, twoyfv,
                    TOGETHER, LEMONFOX, FIREWORKS, PERPLEXITY, GOOGLE, OPENROUTER, WISDOMINANUTSHELL, GROQ, COHERE,
                    MISTRAL, DEEPINFRA, QSTASH, FIRECRAWL, AWS, DEEPSEEK, X, AVIAN, NEBIUS, NOVITA, CUSTOM)
constexpr auto wire_names(provider_name const*) { return std::array{renamed{"twoyfv", "2YFV"}}; }

/// The name in Helicone's rows of one of weir's provider ids; CUSTOM where the published list has none.
provider_name provider_name_of(std::string_view provider_id);

/// What both forms of HeliconeRequest share.
struct helicone_request_columns {
    using text_map = std::vector<std::pair<std::string, std::string>>;

    nullable<std::string> response_id, response_created_at;
    raw_json response_body;
    std::int64_t response_status = 0;
    nullable<std::string> response_model;
    std::string request_id, request_created_at;
    raw_json request_body;
    std::string request_path;
    nullable<std::string> request_user_id;
    nullable<text_map> request_properties;
    nullable<std::string> request_model, model_override, helicone_user;
    provider_name provider = provider_name::CUSTOM;
    nullable<double> delay_ms, time_to_first_token;
    nullable<std::int64_t> total_tokens, prompt_tokens, prompt_cache_write_tokens, prompt_cache_read_tokens,
        completion_tokens, prompt_audio_tokens, completion_audio_tokens;
    nullable<double> cost;
    nullable<std::string> prompt_id, feedback_created_at, feedback_id;
    nullable<bool> feedback_rating;
    nullable<std::string> signed_body_url;
    nullable<raw_json> llmSchema; ///< null: weir does not derive it
    nullable<std::string> country_code;
    nullable<std::vector<std::string>> asset_ids;
    nullable<text_map> asset_urls;
    nullable<double> costUSD;
    text_map properties;
    std::vector<std::string> assets;
    std::string target_url, model;
    nullable<std::string> cache_reference_id;
    bool cache_enabled = false;
    std::string updated_at;
    std::optional<std::vector<std::string>> tags; ///< weir's own: only where there are any
    std::optional<bool> starred;                  ///< likewise: only true
};
BOOST_DESCRIBE_STRUCT(helicone_request_columns, (),
                      (response_id, response_created_at, response_body, response_status, response_model, request_id,
                       request_created_at, request_body, request_path, request_user_id, request_properties,
                       request_model, model_override, helicone_user, provider, delay_ms, time_to_first_token,
                       total_tokens, prompt_tokens, prompt_cache_write_tokens, prompt_cache_read_tokens,
                       completion_tokens, prompt_audio_tokens, completion_audio_tokens, cost, prompt_id,
                       feedback_created_at, feedback_id, feedback_rating, signed_body_url, llmSchema, country_code,
                       asset_ids, asset_urls, costUSD, properties, assets, target_url, model, cache_reference_id,
                       cache_enabled, updated_at, tags, starred))

/// As all endpoints but /v1/request/query have it.
struct helicone_request : helicone_request_columns {
    nullable<std::vector<std::pair<std::string, double>>> scores;
};
BOOST_DESCRIBE_STRUCT(helicone_request, (helicone_request_columns), (scores))

enum class score_type { number, boolean };
BOOST_DESCRIBE_ENUM(score_type, number, boolean)

struct typed_score {
    double value = 0;
    score_type valueType = score_type::number;
};
BOOST_DESCRIBE_STRUCT(typed_score, (), (value, valueType))

/// As /v1/request/query has it: typed clients depend on the other form of `scores`.
struct queried_helicone_request : helicone_request_columns {
    nullable<std::vector<std::pair<std::string, typed_score>>> scores;
};
BOOST_DESCRIBE_STRUCT(queried_helicone_request, (helicone_request_columns), (scores))

/// The row as the API shows it, with a placeholder for both bodies.
helicone_request helicone_request_of(storage::request_row const& row, request_links const& links = {});
queried_helicone_request queried_helicone_request_of(storage::request_row const& row, request_links const& links = {});

/// `{"helicone_message":"…"}`, which stands for a body that is not sent along.
raw_json body_placeholder(std::string_view message);

/// What weir answered itself, or what it noticed of a provider's answer that never came, in place of the response's
/// body: `{"error":{"type":"upstream_unreachable","message":"…"}}`.
raw_json error_body(storage::request_record const& row);

/// Puts the bodies of a row in their places; what stands there when there are none says why.
void show_bodies(helicone_request_columns& shown, storage::request_record const& row,
                 std::optional<storage::bodies> kept);

/// A stored body: as it stands when it is JSON, else as a JSON string; null when it is empty.
raw_json stored_body(std::string text);

} // namespace weir::api
