#include "api/endpoints.hpp"
#include "api/promptlayer/blueprints.hpp"
#include "api/promptlayer/tracking.hpp"
#include "config/built_in_providers.hpp"

#include <algorithm>

namespace asio = boost::asio;
namespace json = boost::json;

namespace weir::api::promptlayer
{

struct track_request_body {
    std::string function_name;
    json::value kwargs, request_response;
    time_value request_start_time, request_end_time;
    std::optional<std::string> provider_type;
    std::optional<std::vector<std::string>> tags;
    std::optional<metadata_map> metadata;
    std::optional<std::int64_t> prompt_id, prompt_version;
    std::optional<json::value> prompt_input_variables;
    std::optional<std::int64_t> group_id;
    std::optional<bool> return_prompt_blueprint;
    std::optional<std::string> span_id;
    std::optional<call_status> status;
    std::optional<call_error_type> error_type;
    std::optional<std::string> error_message;
};
BOOST_DESCRIBE_STRUCT(track_request_body, (),
                      (function_name, kwargs, request_response, request_start_time, request_end_time, provider_type,
                       tags, metadata, prompt_id, prompt_version, prompt_input_variables, group_id,
                       return_prompt_blueprint, span_id, status, error_type, error_message))

struct track_request_request {
    track_request_body body;
};
BOOST_DESCRIBE_STRUCT(track_request_request, (), (body))

struct track_request_answer {
    bool success = true;
    std::string message;
    std::int64_t request_id = 0;
    std::optional<json::value> prompt_blueprint;
};
BOOST_DESCRIBE_STRUCT(track_request_answer, (), (success, message, request_id, prompt_blueprint))

struct log_request_body {
    std::string provider, model;
    json::value input, output;
    time_value request_start_time, request_end_time;
    std::optional<json::value> parameters;
    std::optional<std::vector<std::string>> tags;
    std::optional<metadata_map> metadata;
    std::optional<std::string> prompt_name;
    std::optional<std::int64_t> prompt_id, prompt_version_number;
    std::optional<json::value> prompt_input_variables;
    std::optional<std::int64_t> input_tokens, output_tokens;
    std::optional<double> price;
    std::optional<std::string> function_name;
    std::optional<double> score;
    std::optional<std::string> score_name;
    std::optional<call_status> status;
    std::optional<call_error_type> error_type;
    std::optional<std::string> error_message;
    std::optional<std::string> span_id;
};
BOOST_DESCRIBE_STRUCT(log_request_body, (),
                      (provider, model, input, output, request_start_time, request_end_time, parameters, tags, metadata,
                       prompt_name, prompt_id, prompt_version_number, prompt_input_variables, input_tokens,
                       output_tokens, price, function_name, score, score_name, status, error_type, error_message,
                       span_id))

struct log_request_request {
    log_request_body body;
};
BOOST_DESCRIBE_STRUCT(log_request_request, (), (body))

struct logged_prompt_version {
    std::int64_t id = 0, prompt_id = 0;
    std::string prompt_name;
    std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(logged_prompt_version, (), (id, prompt_id, prompt_name, number))

struct log_request_answer {
    std::int64_t id = 0;
    nullable<logged_prompt_version> prompt_version;
    call_status status = call_status::SUCCESS;
    nullable<std::string> error_type, error_message;
};
BOOST_DESCRIBE_STRUCT(log_request_answer, (), (id, prompt_version, status, error_type, error_message))

namespace
{

constexpr std::size_t longest_name = 512, longest_error = 1024, longest_span_id = 64;
constexpr std::string_view default_score = "default";

/// Whose function it is, `openai` of `openai.chat.completions.create`; empty where that is no provider.
std::string provider_in(std::string_view function_name)
{
    auto const id = config::provider_id(function_name.substr(0, function_name.find('.')));
    auto const known = config::built_in_providers();
    return std::ranges::find(known, id, &config::built_in_provider::name) == known.end() ? std::string() : id;
}

/// PromptLayer has names of its own for providers that weir has under others.
std::string provider_named(std::string_view name)
{
    struct {
        std::string_view theirs, ours;
    } constexpr others[] = {{"openai.azure", "azure"},
                            {"azure_openai", "azure"},
                            {"vertexai", "vertex"},
                            {"amazon.bedrock", "bedrock"},
                            {"anthropic.bedrock", "bedrock"}};
    for (auto const& other : others)
        if (other.theirs == name) return std::string(other.ours);
    return config::provider_id(name);
}

/// An object of a body, where null is an empty one.
result<json::value> object_of(json::value given, std::string_view field)
{
    if (given.is_null()) return json::value(json::object());
    if (!given.is_object()) return unprocessable(std::string(field) + ": expected an object");
    return given;
}

/// The texts that both bodies have.
struct checked_texts {
    std::vector<std::string> const* tags;
    metadata_map const* metadata;
    std::initializer_list<std::tuple<std::string_view, std::optional<std::string> const*, std::size_t>> others;
};

std::optional<failure> problem_with(checked_texts const& texts)
{
    if (texts.tags)
        if (auto bad = problem_with_tags(*texts.tags)) return bad;
    if (texts.metadata)
        if (auto bad = problem_with_metadata(*texts.metadata)) return bad;
    for (auto const& [field, text, longest] : texts.others)
        if (*text)
            if (auto bad = problem_with_value(field, **text, longest)) return bad;
    return std::nullopt;
}

template <class T>
T const* pointer_to(std::optional<T> const& value)
{
    return value ? &*value : nullptr;
}

/// Fills in what both bodies have under the same names.
template <class Body>
result<void> read_common(Body& from, call_to_track& to)
{
    if (auto bad = problem_with(
            {pointer_to(from.tags),
             pointer_to(from.metadata),
             {{"error_message", &from.error_message, longest_error}, {"span_id", &from.span_id, longest_span_id}}}))
        return *bad;
    auto const started = time_us(from.request_start_time, "request_start_time");
    if (!started) return started.error();
    auto const ended = time_us(from.request_end_time, "request_end_time");
    if (!ended) return ended.error();
    auto inputs = inputs_of(from.prompt_input_variables);
    if (!inputs) return inputs.error();
    to.started_us = *started;
    to.ended_us = std::max(*started, *ended);
    to.tags = from.tags.value_or(std::vector<std::string>());
    to.metadata = from.metadata.value_or(metadata_map());
    to.inputs = std::move(*inputs);
    to.span_id = from.span_id;
    to.status = from.status.value_or(call_status::SUCCESS);
    to.error_type = from.error_type;
    to.error_message = from.error_message;
    return {};
}

result<call_to_track> call_of(track_request_body& from)
{
    call_to_track call;
    if (auto const read = read_common(from, call); !read) return read.error();
    if (auto bad = problem_with_value("function_name", from.function_name, longest_name)) return *bad;
    if (auto bad = problem_with({nullptr, nullptr, {{"provider_type", &from.provider_type, longest_name}}}))
        return *bad;
    auto request = object_of(std::move(from.kwargs), "kwargs");
    if (!request) return request.error();
    auto response = object_of(std::move(from.request_response), "request_response");
    if (!response) return response.error();
    call.request = std::move(*request);
    if (!response->get_object().empty()) call.response = std::move(*response);
    call.provider = from.provider_type && !from.provider_type->empty() ? provider_named(*from.provider_type)
                                                                       : provider_in(from.function_name);
    call.function_name = from.function_name;
    call.group = from.group_id;
    if (from.prompt_id)
        call.prompt = storage::version_reference{
            .prompt_number = from.prompt_id, .prompt_name = {}, .version = from.prompt_version, .label = {}};
    return call;
}

asio::awaitable<result<bare<track_request_answer>>> track_request(track_request_request asked, services& with)
{
    auto call = call_of(asked.body);
    if (!call) co_return call.error();
    track_request_answer answer;
    if (asked.body.return_prompt_blueprint.value_or(false)) {
        auto const* model = call->request.get_object().if_contains("model");
        answer.prompt_blueprint = blueprint_of_call(call->request, call->response, call->provider,
                                                    model && model->is_string() ? model->get_string() : "");
    }
    auto const made = co_await track(std::move(*call), with);
    if (!made) co_return made.error();
    answer.message = made->lacks_prompt ? "Tracked without its prompt: there is no such prompt, or version of it"
                                        : "Request tracked successfully";
    answer.request_id = made->number;
    co_return bare<track_request_answer>{std::move(answer)};
}

/// A score from 0 to 100; the record has whole numbers.
result<storage::score> score_of(double value, std::optional<std::string> const& name)
{
    constexpr double most = 100;
    if (!(value >= 0 && value <= most) || value != static_cast<double>(static_cast<std::int64_t>(value)))
        return unprocessable("score: must be a whole number from 0 to 100");
    storage::score score;
    score.key = name && !name->empty() ? *name : std::string(default_score);
    score.value = static_cast<std::int64_t>(value);
    return score;
}

std::optional<failure> problem_with_numbers(log_request_body const& of)
{
    constexpr std::int64_t most_tokens = 1'000'000'000;
    constexpr double most_price = 1e6;
    for (auto const& [field, tokens] :
         {std::pair{"input_tokens", &of.input_tokens}, {"output_tokens", &of.output_tokens}})
        if (*tokens && (**tokens < 0 || **tokens > most_tokens))
            return unprocessable(std::string(field) + ": must be from 0 to 1000000000");
    if (of.price && !(*of.price >= 0 && *of.price <= most_price))
        return unprocessable("price: must be a number of US dollars, from 0 to 1000000");
    if (of.prompt_version_number && *of.prompt_version_number < 1)
        return unprocessable("prompt_version_number: must be greater than 0");
    return std::nullopt;
}

result<call_to_track> call_of(log_request_body& from)
{
    call_to_track call;
    if (auto const read = read_common(from, call); !read) return read.error();
    if (auto bad = problem_with({nullptr,
                                 nullptr,
                                 {{"function_name", &from.function_name, longest_name},
                                  {"prompt_name", &from.prompt_name, longest_name},
                                  {"score_name", &from.score_name, longest_name}}}))
        return *bad;
    if (auto bad = problem_with_value("provider", from.provider, longest_name)) return *bad;
    if (auto bad = problem_with_value("model", from.model, longest_name)) return *bad;
    if (auto bad = problem_with_numbers(from)) return *bad;
    blueprints_to_log said;
    said.input = std::move(from.input);
    said.output = std::move(from.output);
    said.parameters = from.parameters.value_or(json::value());
    said.model = from.model;
    said.input_tokens = from.input_tokens;
    said.output_tokens = from.output_tokens;
    auto bodies = bodies_of_blueprints(said);
    if (!bodies) return bodies.error();
    call.request = std::move(bodies->request);
    call.response = std::move(bodies->response);
    call.provider = provider_named(from.provider);
    call.cost = from.price;
    call.function_name = from.function_name;
    if (from.score) {
        auto score = score_of(*from.score, from.score_name);
        if (!score) return score.error();
        call.score = std::move(*score);
    }
    if (from.prompt_id || from.prompt_name)
        call.prompt = storage::version_reference{.prompt_number = from.prompt_id,
                                                 .prompt_name = from.prompt_name,
                                                 .version = from.prompt_version_number,
                                                 .label = {}};
    call.must_know_prompt = true;
    return call;
}

asio::awaitable<result<created<log_request_answer>>> log_request(log_request_request asked, services& with)
{
    auto call = call_of(asked.body);
    if (!call) co_return call.error();
    log_request_answer answer;
    answer.status = call->status;
    if (call->error_type) answer.error_type = name_of(*call->error_type);
    answer.error_message = call->error_message;
    auto const made = co_await track(std::move(*call), with);
    if (!made) co_return made.error();
    answer.id = made->number;
    if (auto const& v = made->version)
        answer.prompt_version = logged_prompt_version{v->id, v->prompt_id, v->prompt_name, v->number};
    co_return created<log_request_answer>{std::move(answer)};
}

constexpr endpoint entries[] = {
    logs(post<track_request>("/track-request", "TrackRequest", "Records a call that was made, in its provider's form")),
    logs(post<track_request>("/rest/track-request", "TrackRequestRest", "The same, at its older path")),
    logs(post<log_request>("/log-request", "LogRequest", "Records a call that was made, as two blueprints")),
};
static_assert(each_is_unique(entries));

} // namespace
} // namespace weir::api::promptlayer

namespace weir::api
{

constinit group const promptlayer_tracking_endpoints{"PromptLayer tracking", promptlayer::entries, false,
                                                     dialect::promptlayer};

} // namespace weir::api
