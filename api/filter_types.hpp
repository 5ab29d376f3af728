#pragma once

#include "api/types.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// The filter language as it stands in a body: a node is a leaf `{table: {column: {operator: operand}}}`, a branch
/// `{left, operator, right}` or "all". Members carry the reference's names, so that grep finds them.
namespace weir::api
{

/// An object whose keys are data, in the client's order.
template <class T>
using keyed = std::vector<std::pair<std::string, T>>;

struct text_test {
    std::optional<std::string> equals, not_equals, like, ilike, contains, not_contains;
};
BOOST_DESCRIBE_STRUCT(text_test, (), (equals, not_equals, like, ilike, contains, not_contains))
constexpr auto wire_names(text_test const*)
{
    return std::array{renamed{"not_equals", "not-equals"}, renamed{"not_contains", "not-contains"}};
}

struct number_test {
    std::optional<double> equals, not_equals, gte, lte, lt, gt;
};
BOOST_DESCRIBE_STRUCT(number_test, (), (equals, not_equals, gte, lte, lt, gt))
constexpr auto wire_names(number_test const*) { return std::array{renamed{"not_equals", "not-equals"}}; }

struct boolean_test {
    std::optional<bool> equals;
};
BOOST_DESCRIBE_STRUCT(boolean_test, (), (equals))

/// Times are text here; the filter's compiler parses them and names the path of one that it cannot.
struct time_test {
    std::optional<std::string> equals, gte, lte, lt, gt;
};
BOOST_DESCRIBE_STRUCT(time_test, (), (equals, gte, lte, lt, gt))

struct body_test {
    std::optional<std::string> contains;
};
BOOST_DESCRIBE_STRUCT(body_test, (), (contains))

struct request_columns {
    std::optional<text_test> prompt;
    std::optional<time_test> created_at;
    std::optional<text_test> user_id, auth_hash, org_id, id, node_id, model, modelOverride, path, country_code,
        prompt_id;
};
BOOST_DESCRIBE_STRUCT(request_columns, (),
                      (prompt, created_at, user_id, auth_hash, org_id, id, node_id, model, modelOverride, path,
                       country_code, prompt_id))

struct response_columns {
    std::optional<number_test> body_tokens;
    std::optional<text_test> body_model, body_completion;
    std::optional<number_test> status;
    std::optional<text_test> model;
};
BOOST_DESCRIBE_STRUCT(response_columns, (), (body_tokens, body_model, body_completion, status, model))

struct feedback_columns {
    std::optional<number_test> id;
    std::optional<time_test> created_at;
    std::optional<boolean_test> rating;
    std::optional<text_test> response_id;
};
BOOST_DESCRIBE_STRUCT(feedback_columns, (), (id, created_at, rating, response_id))

struct record_columns {
    std::optional<number_test> latency, time_to_first_token, status;
    std::optional<time_test> request_created_at, response_created_at;
    std::optional<text_test> model, user_id, organization_id, node_id, job_id;
    std::optional<boolean_test> threat;
    std::optional<text_test> request_id;
    std::optional<number_test> prompt_tokens, completion_tokens, prompt_cache_read_tokens, prompt_cache_write_tokens,
        total_tokens;
    std::optional<text_test> target_url;
    std::optional<keyed<text_test>> properties, search_properties, scores;
    std::optional<text_test> scores_column;
    std::optional<body_test> request_body, response_body;
    std::optional<boolean_test> cache_enabled;
    std::optional<text_test> cache_reference_id, assets;
    std::optional<boolean_test> helicone_score_feedback;
};
BOOST_DESCRIBE_STRUCT(record_columns, (),
                      (latency, time_to_first_token, status, request_created_at, response_created_at, model, user_id,
                       organization_id, node_id, job_id, threat, request_id, prompt_tokens, completion_tokens,
                       prompt_cache_read_tokens, prompt_cache_write_tokens, total_tokens, target_url, properties,
                       search_properties, scores, scores_column, request_body, response_body, cache_enabled,
                       cache_reference_id, assets, helicone_score_feedback))
constexpr auto wire_names(record_columns const*)
{
    return std::array{renamed{"helicone_score_feedback", "helicone-score-feedback"}};
}

struct version_columns {
    std::optional<number_test> minor_version, major_version;
    std::optional<text_test> id, prompt_v2;
};
BOOST_DESCRIBE_STRUCT(version_columns, (), (minor_version, major_version, id, prompt_v2))

struct session_columns {
    std::optional<text_test> session_session_id, session_session_name;
    std::optional<number_test> session_total_cost, session_total_tokens, session_prompt_tokens,
        session_completion_tokens, session_total_requests;
    std::optional<time_test> session_created_at, session_latest_request_created_at;
    std::optional<text_test> session_tag;
};
BOOST_DESCRIBE_STRUCT(session_columns, (),
                      (session_session_id, session_session_name, session_total_cost, session_total_tokens,
                       session_prompt_tokens, session_completion_tokens, session_total_requests, session_created_at,
                       session_latest_request_created_at, session_tag))

struct user_columns {
    std::optional<text_test> user_user_id;
    std::optional<number_test> user_active_for;
    std::optional<time_test> user_first_active, user_last_active;
    std::optional<number_test> user_total_requests, user_average_requests_per_day_active,
        user_average_tokens_per_request, user_total_completion_tokens, user_total_prompt_tokens, user_cost;
};
BOOST_DESCRIBE_STRUCT(user_columns, (),
                      (user_user_id, user_active_for, user_first_active, user_last_active, user_total_requests,
                       user_average_requests_per_day_active, user_average_tokens_per_request,
                       user_total_completion_tokens, user_total_prompt_tokens, user_cost))

struct prompt_columns {
    std::optional<text_test> id, user_defined_id;
};
BOOST_DESCRIBE_STRUCT(prompt_columns, (), (id, user_defined_id))

/// weir's own: what PromptLayer's clients say of calls.
struct tracking_columns {
    std::optional<text_test> tag;
    std::optional<boolean_test> starred;
};
BOOST_DESCRIBE_STRUCT(tracking_columns, (), (tag, starred))

/// Mostly absent, and large when there.
template <class T>
using table = std::optional<std::unique_ptr<T>>;

struct request_filter_leaf {
    table<record_columns> request_response_rmt;
    table<response_columns> response;
    table<request_columns> request;
    table<feedback_columns> feedback;
    table<session_columns> sessions_request_response_rmt;
    std::optional<keyed<text_test>> properties, values;
    table<tracking_columns> tracking;
};
BOOST_DESCRIBE_STRUCT(request_filter_leaf, (),
                      (request_response_rmt, response, request, feedback, sessions_request_response_rmt, properties,
                       values, tracking))

enum class everything { all };
BOOST_DESCRIBE_ENUM(everything, all)

enum class filter_join { or_, and_ };
BOOST_DESCRIBE_ENUM(filter_join, or_, and_)

// Each family of endpoints has the tables that it takes. The leaf stands first in a node: `{}`, which could be either,
// is a leaf that asks for nothing.

struct request_filter_branch;
using request_filter = std::variant<request_filter_leaf, std::unique_ptr<request_filter_branch>, everything>;

struct request_filter_branch {
    request_filter left;
    filter_join operator_;
    request_filter right;
};
BOOST_DESCRIBE_STRUCT(request_filter_branch, (), (left, operator_, right))

struct record_filter_leaf {
    table<record_columns> request_response_rmt;
};
BOOST_DESCRIBE_STRUCT(record_filter_leaf, (), (request_response_rmt))

struct record_filter_branch;
using record_filter = std::variant<record_filter_leaf, std::unique_ptr<record_filter_branch>, everything>;

struct record_filter_branch {
    record_filter left;
    filter_join operator_;
    record_filter right;
};
BOOST_DESCRIBE_STRUCT(record_filter_branch, (), (left, operator_, right))

struct session_filter_leaf {
    table<record_columns> request_response_rmt;
    table<session_columns> sessions_request_response_rmt;
};
BOOST_DESCRIBE_STRUCT(session_filter_leaf, (), (request_response_rmt, sessions_request_response_rmt))

struct session_filter_branch;
using session_filter = std::variant<session_filter_leaf, std::unique_ptr<session_filter_branch>, everything>;

struct session_filter_branch {
    session_filter left;
    filter_join operator_;
    session_filter right;
};
BOOST_DESCRIBE_STRUCT(session_filter_branch, (), (left, operator_, right))

struct user_filter_leaf {
    table<user_columns> users_view;
    table<record_columns> request_response_rmt;
};
BOOST_DESCRIBE_STRUCT(user_filter_leaf, (), (users_view, request_response_rmt))

struct user_filter_branch;
using user_filter = std::variant<user_filter_leaf, std::unique_ptr<user_filter_branch>, everything>;

struct user_filter_branch {
    user_filter left;
    filter_join operator_;
    user_filter right;
};
BOOST_DESCRIBE_STRUCT(user_filter_branch, (), (left, operator_, right))

struct prompt_filter_leaf {
    table<prompt_columns> prompt_v2;
};
BOOST_DESCRIBE_STRUCT(prompt_filter_leaf, (), (prompt_v2))

struct prompt_filter_branch;
using prompt_filter = std::variant<prompt_filter_leaf, std::unique_ptr<prompt_filter_branch>, everything>;

struct prompt_filter_branch {
    prompt_filter left;
    filter_join operator_;
    prompt_filter right;
};
BOOST_DESCRIBE_STRUCT(prompt_filter_branch, (), (left, operator_, right))

struct prompt_version_filter_leaf {
    table<version_columns> prompts_versions;
};
BOOST_DESCRIBE_STRUCT(prompt_version_filter_leaf, (), (prompts_versions))

struct prompt_version_filter_branch;
using prompt_version_filter =
    std::variant<prompt_version_filter_leaf, std::unique_ptr<prompt_version_filter_branch>, everything>;

struct prompt_version_filter_branch {
    prompt_version_filter left;
    filter_join operator_;
    prompt_version_filter right;
};
BOOST_DESCRIBE_STRUCT(prompt_version_filter_branch, (), (left, operator_, right))

struct experiment_columns {
    std::optional<text_test> id, prompt_v2;
};
BOOST_DESCRIBE_STRUCT(experiment_columns, (), (id, prompt_v2))

struct experiment_filter_leaf {
    table<experiment_columns> experiment;
};
BOOST_DESCRIBE_STRUCT(experiment_filter_leaf, (), (experiment))

struct experiment_filter_branch;
using experiment_filter = std::variant<experiment_filter_leaf, std::unique_ptr<experiment_filter_branch>, everything>;

struct experiment_filter_branch {
    experiment_filter left;
    filter_join operator_;
    experiment_filter right;
};
BOOST_DESCRIBE_STRUCT(experiment_filter_branch, (), (left, operator_, right))

struct dataset_filter_leaf {
    table<request_columns> request;
    table<version_columns> prompts_versions;
};
BOOST_DESCRIBE_STRUCT(dataset_filter_leaf, (), (request, prompts_versions))

struct dataset_filter_branch;
using dataset_filter = std::variant<dataset_filter_leaf, std::unique_ptr<dataset_filter_branch>, everything>;

struct dataset_filter_branch {
    dataset_filter left;
    filter_join operator_;
    dataset_filter right;
};
BOOST_DESCRIBE_STRUCT(dataset_filter_branch, (), (left, operator_, right))

} // namespace weir::api
