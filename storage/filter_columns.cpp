#include "storage/filter_columns.hpp"

#include "storage/uuid_sql.hpp"

#include <algorithm>
#include <iterator>

namespace weir::storage
{
namespace
{

constexpr filter_column aggregate(std::string_view table, std::string_view name, filter_family is,
                                  std::string_view value, std::string_view of_row = {})
{
    return {.table = table, .name = name, .is = is, .value = value, .pass = filter_pass::groups, .of_row = of_row};
}

constexpr filter_column constant(std::string_view table, std::string_view name, filter_family is,
                                 std::string_view value)
{
    return {.table = table, .name = name, .is = is, .value = value, .is_constant = true};
}

#define WEIR_BODY(part) "weir_body(r.body_ref,r.id," part ")"
#define WEIR_OF_BODY(part, expression)                                                                                 \
    "(SELECT CASE WHEN json_valid(x) THEN " expression " END FROM (SELECT " WEIR_BODY(part) " AS x))"
#define WEIR_PROMPT WEIR_OF_BODY("0", "coalesce(json_extract(x,'$.prompt'),json_extract(x,'$.messages[0].content'))")
#define WEIR_COMPLETION                                                                                                \
    WEIR_OF_BODY("1", "coalesce(json_extract(x,'$.choices[0].text'),json_extract(x,'$.choices[0].message'))")
#define WEIR_PROPERTY "@property" // see writer::put_property
#define WEIR_INPUT                                                                                                     \
    "(SELECT v.value FROM prompt_input AS i,json_each(i.inputs) AS v WHERE i.organization_id=r.organization_id"        \
    " AND i.source_row_id=r.id AND i.experiment_id IS NULL AND v.key=? ORDER BY i.number LIMIT 1)"
#define WEIR_FEEDBACK(member)                                                                                          \
    "(SELECT f." member " FROM feedback AS f WHERE f.organization_id=r.organization_id AND f.request_id=r.request_id)"
#define WEIR_SCORES                                                                                                    \
    " FROM score_value AS s JOIN score_attribute AS a ON a.id=s.attribute_id"                                          \
    " WHERE s.organization_id=r.organization_id AND s.request_id=r.request_id"
#define WEIR_ORGANIZATION "(SELECT o.public_id FROM organization AS o WHERE o.id=r.organization_id)"

// The columns of the transactional store (request, response, feedback, properties) are NULL where nothing is known;
// those of the analytics row (request_response_rmt) are '' and 0 there, but for the ones that may be NULL.
constexpr filter_column columns[] = {
    {"request", "id", filter_family::request_id, "weir_uuid_text(r.request_id)"},
    {"request", "created_at", filter_family::request_time, "r.created_us"},
    {"request", "user_id", filter_family::text, "r.user_id"},
    {"request", "auth_hash", filter_family::text, "r.provider_auth_hash"},
    constant("request", "org_id", filter_family::text, WEIR_ORGANIZATION),
    constant("request", "node_id", filter_family::text, "NULL"),
    {"request", "model", filter_family::text, "r.request_model"},
    {"request", "modelOverride", filter_family::text, "r.model_override"},
    {"request", "path", filter_family::text, "r.path"},
    constant("request", "country_code", filter_family::text, "NULL"),
    {"request", "prompt_id", filter_family::text, "r.prompt_id"},
    {"request", "prompt", filter_family::text, WEIR_PROMPT},

    {"response", "status", filter_family::number, "r.status"},
    {"response", "model", filter_family::text, "r.response_model"},
    {"response", "body_model", filter_family::text, "coalesce(r.model_override,r.response_model,r.request_model)"},
    {"response", "body_tokens", filter_family::number, "(r.completion_tokens+r.prompt_tokens)"},
    {"response", "body_completion", filter_family::text, WEIR_COMPLETION},

    constant("feedback", "id", filter_family::number, "NULL"), // a UUID, of which the language makes a number
    {"feedback", "created_at", filter_family::number, WEIR_FEEDBACK("created_us")},
    {"feedback", "rating", filter_family::number, WEIR_FEEDBACK("rating")},
    {"feedback", "response_id", filter_family::response_id,
     "(SELECT weir_response_id(r.id) FROM feedback AS f WHERE f.organization_id=r.organization_id AND "
     "f.request_id=r.request_id)"},

    {"properties", "", filter_family::text, WEIR_PROPERTY, {}, {}, true},
    {"values", "", filter_family::text, WEIR_INPUT, {}, {}, true},

    {"request_response_rmt", "request_id", filter_family::request_id, "weir_uuid_text(r.request_id)"},
    {"request_response_rmt", "request_created_at", filter_family::request_time, "r.created_us"},
    {"request_response_rmt", "response_created_at", filter_family::number,
     "CASE WHEN r.status<>-2 THEN r.ended_us END"},
    {"request_response_rmt", "latency", filter_family::duration, "(r.ended_us-r.created_us)", "r.status<>-2 AND "},
    {"request_response_rmt", "time_to_first_token", filter_family::duration, "r.time_to_first_token_us"},
    {"request_response_rmt", "status", filter_family::number, "r.status"},
    {"request_response_rmt", "model", filter_family::text, "coalesce(r.model,'')", {}, {}, false, "r.model"},
    {"request_response_rmt", "user_id", filter_family::text, "coalesce(r.user_id,'')", {}, {}, false, "r.user_id"},
    constant("request_response_rmt", "organization_id", filter_family::text, WEIR_ORGANIZATION),
    {"request_response_rmt", "prompt_tokens", filter_family::number, "r.prompt_tokens"},
    {"request_response_rmt", "completion_tokens", filter_family::number, "r.completion_tokens"},
    {"request_response_rmt", "total_tokens", filter_family::number,
     "coalesce(r.total_tokens,r.prompt_tokens+r.completion_tokens)"},
    {"request_response_rmt", "prompt_cache_read_tokens", filter_family::number,
     "coalesce(r.prompt_cache_read_tokens,0)"},
    {"request_response_rmt", "prompt_cache_write_tokens", filter_family::number,
     "coalesce(r.prompt_cache_write_tokens,0)"},
    {"request_response_rmt", "target_url", filter_family::text, "r.target_url"},
    {"request_response_rmt", "threat", filter_family::number, "(r.status=-4)"},
    constant("request_response_rmt", "cache_enabled", filter_family::number, "0"),
    constant("request_response_rmt", "cache_reference_id", filter_family::text,
             "'00000000-0000-0000-0000-000000000000'"),
    constant("request_response_rmt", "node_id", filter_family::text, "NULL"),
    constant("request_response_rmt", "job_id", filter_family::text, "NULL"),
    {"request_response_rmt", "assets", filter_family::text, "x.value",
     "EXISTS (SELECT 1 FROM json_each(weir_asset_ids(r.id,r.asset_count)) AS x WHERE ", ")"},
    {"request_response_rmt", "request_body", filter_family::text, WEIR_BODY("0")},
    {"request_response_rmt", "response_body", filter_family::text, WEIR_BODY("1")},
    {"request_response_rmt",
     "properties",
     filter_family::text,
     "coalesce(" WEIR_PROPERTY ",'')",
     {},
     {},
     true,
     WEIR_PROPERTY},
    {"request_response_rmt", "search_properties", filter_family::text, "p.key",
     "EXISTS (SELECT 1 FROM json_each(r.properties) AS p WHERE ", ")", true},
    {"request_response_rmt", "scores", filter_family::score, "s.int_value",
     "EXISTS (SELECT 1" WEIR_SCORES " AND a.score_key=? AND ", ")", true},
    {"request_response_rmt", "scores_column", filter_family::text,
     "(SELECT json_group_object(a.score_key,s.int_value)" WEIR_SCORES ")"},
    {"request_response_rmt", "helicone-score-feedback", filter_family::number, "s.int_value",
     "EXISTS (SELECT 1" WEIR_SCORES " AND a.score_key='helicone-score-feedback' AND ", ")"},

    {"sessions_request_response_rmt", "session_tag", filter_family::text, "t.tag",
     "EXISTS (SELECT 1 FROM tag AS t INDEXED BY tag_by_entity WHERE t.organization_id=r.organization_id"
     " AND t.entity_type='session'"
     " AND t.entity_id=r.session_id AND ",
     ")"},
    {"tracking", "tag", filter_family::text, "t.tag",
     "EXISTS (SELECT 1 FROM tag AS t INDEXED BY tag_by_entity WHERE t.organization_id=r.organization_id"
     " AND t.entity_type='request'"
     " AND t.entity_id=weir_uuid_text(r.request_id) AND ",
     ")"},
    {"tracking", "starred", filter_family::number,
     "coalesce((SELECT t.is_starred FROM tracked_request AS t WHERE t.organization_id=r.organization_id"
     " AND t.request_id=r.request_id),0)"},
    {"prompt_v2", "id", filter_family::uuid, WEIR_UUID_TEXT("p.id"), {}, {}, false, "p.id"},
    {"prompt_v2", "user_defined_id", filter_family::text, "p.user_defined_id"},
    {"prompts_versions", "id", filter_family::uuid, WEIR_UUID_TEXT("v.id"), {}, {}, false, "v.id"},
    {"prompts_versions", "major_version", filter_family::number, "v.major_version"},
    {"prompts_versions", "minor_version", filter_family::number, "v.minor_version"},
    {"prompts_versions", "prompt_v2", filter_family::uuid, WEIR_UUID_TEXT("v.prompt_id"), {}, {}, false, "v.prompt_id"},

    {"experiment", "id", filter_family::uuid, WEIR_UUID_TEXT("e.id"), {}, {}, false, "e.id"},
    {"experiment", "prompt_v2", filter_family::uuid, WEIR_UUID_TEXT("v.prompt_id"),
     "EXISTS (SELECT 1 FROM hypothesis AS h JOIN prompt_version AS v ON v.id=h.prompt_version_id"
     " WHERE h.experiment_id=e.id AND ",
     ")", false, "v.prompt_id"},

    aggregate("sessions_request_response_rmt", "session_session_id", filter_family::text, "g.session_id",
              "coalesce(r.session_id,'')"),
    aggregate("sessions_request_response_rmt", "session_session_name", filter_family::text, "g.session_name",
              "coalesce(r.session_name,'')"),
    aggregate("sessions_request_response_rmt", "session_total_cost", filter_family::number, "g.total_cost"),
    aggregate("sessions_request_response_rmt", "session_total_tokens", filter_family::number, "g.total_tokens"),
    aggregate("sessions_request_response_rmt", "session_prompt_tokens", filter_family::number, "g.prompt_tokens"),
    aggregate("sessions_request_response_rmt", "session_completion_tokens", filter_family::number,
              "g.completion_tokens"),
    aggregate("sessions_request_response_rmt", "session_total_requests", filter_family::number, "g.total_requests"),
    aggregate("sessions_request_response_rmt", "session_created_at", filter_family::number, "g.created_at"),
    aggregate("sessions_request_response_rmt", "session_latest_request_created_at", filter_family::number,
              "g.latest_request_created_at"),
    aggregate("users_view", "user_user_id", filter_family::text, "g.user_id"),
    aggregate("users_view", "user_active_for", filter_family::number, "g.active_for"),
    aggregate("users_view", "user_first_active", filter_family::number, "g.first_active"),
    aggregate("users_view", "user_last_active", filter_family::number, "g.last_active"),
    aggregate("users_view", "user_total_requests", filter_family::number, "g.total_requests"),
    aggregate("users_view", "user_average_requests_per_day_active", filter_family::number,
              "g.average_requests_per_day_active"),
    aggregate("users_view", "user_average_tokens_per_request", filter_family::number, "g.average_tokens_per_request"),
    aggregate("users_view", "user_total_completion_tokens", filter_family::number, "g.total_completion_tokens"),
    aggregate("users_view", "user_total_prompt_tokens", filter_family::number, "g.total_prompt_tokens"),
    aggregate("users_view", "user_cost", filter_family::number, "g.cost"),
};

} // namespace

std::string_view const request_prompt_sql = WEIR_PROMPT, response_text_sql = WEIR_COMPLETION,
                       request_input_sql = WEIR_INPUT;

#undef WEIR_PROMPT
#undef WEIR_INPUT
#undef WEIR_COMPLETION
#undef WEIR_BODY
#undef WEIR_OF_BODY
#undef WEIR_PROPERTY
#undef WEIR_FEEDBACK
#undef WEIR_SCORES
#undef WEIR_ORGANIZATION

filter_column const* find_filter_column(std::string_view table, std::string_view name)
{
    auto const found = std::find_if(std::begin(columns), std::end(columns),
                                    [&](filter_column const& c) { return c.table == table && c.name == name; });
    return found == std::end(columns) ? nullptr : found;
}

} // namespace weir::storage
