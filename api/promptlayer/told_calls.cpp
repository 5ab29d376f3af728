#include "api/promptlayer/told_calls.hpp"

#include "api/promptlayer/blueprints.hpp"
#include "config/built_in_providers.hpp"

#include <algorithm>

namespace json = boost::json;

namespace weir::api::promptlayer
{
namespace
{

constexpr std::size_t longest_told_name = 512, longest_error = 1024, longest_span_id = 64;
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

} // namespace

result<call_to_track> call_of(track_request_body& from)
{
    call_to_track call;
    if (auto const read = read_common(from, call); !read) return read.error();
    if (auto bad = problem_with_value("function_name", from.function_name, longest_told_name)) return *bad;
    if (auto bad = problem_with({nullptr, nullptr, {{"provider_type", &from.provider_type, longest_told_name}}}))
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

result<call_to_track> call_of(log_request_body& from)
{
    call_to_track call;
    if (auto const read = read_common(from, call); !read) return read.error();
    if (auto bad = problem_with({nullptr,
                                 nullptr,
                                 {{"function_name", &from.function_name, longest_told_name},
                                  {"prompt_name", &from.prompt_name, longest_told_name},
                                  {"score_name", &from.score_name, longest_told_name}}}))
        return *bad;
    if (auto bad = problem_with_value("provider", from.provider, longest_told_name)) return *bad;
    if (auto bad = problem_with_value("model", from.model, longest_told_name)) return *bad;
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

} // namespace weir::api::promptlayer
