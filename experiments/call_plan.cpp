#include "experiments/call_plan.hpp"

#include "config/built_in_providers.hpp"
#include "net/text.hpp"
#include "prompts/stored_json.hpp"
#include "prompts/template.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cctype>

namespace weir::experiments
{

namespace json = boost::json;

namespace
{

/// Bytes that a filled template may have.
constexpr std::size_t most_body = 16 * 1024 * 1024;

/// Whose wire format a template has.
enum class form { chat, anthropic, google };

json::value parsed(std::string_view text)
{
    boost::system::error_code error;
    auto value = prompts::parse_stored(text, error);
    return error ? json::value(text) : value;
}

/// Anthropic's format differs from OpenAI's in what stands beside the messages; most templates have one of these.
form form_of(json::object const& content, std::string_view source_path)
{
    if (content.contains("contents")) return form::google;
    if (source_path.find("/v1/messages") != source_path.npos) return form::anthropic;
    if (source_path.find("/chat/completions") != source_path.npos) return form::chat;
    return content.contains("system") || content.contains("anthropic_version") ? form::anthropic : form::chat;
}

/// The path of a format's endpoint at a provider; empty when the provider does not speak it. Anthropic and Google
/// take OpenAI's format, too.
std::string target_of(std::string const& provider, form how, std::string const& model)
{
    switch (how) {
    case form::anthropic: return provider == "anthropic" ? "/anthropic/v1/messages" : "";
    case form::google: return provider == "google" ? "/google/v1beta/models/" + model + ":generateContent" : "";
    case form::chat: break;
    }
    if (provider == "google") return "/google/v1beta/openai/chat/completions";
    return "/" + provider + "/v1/chat/completions";
}

/// The provider of a run: that of the key which was chosen, of the model which was chosen; else where the prompt is at
/// home, which is where the inputs' own call went, or what a version names, unless the model is of another family than
/// the one that was called there.
std::string provider_of(storage::begun_run const& run, std::string const& key_provider, std::string const& model)
{
    if (!key_provider.empty()) return key_provider;
    auto const of_model = provider_of_model(model);
    if (!run.model.empty() && !of_model.empty()) return of_model;
    bool const has_source = !run.source_provider.empty();
    auto const home = has_source ? run.source_provider : config::provider_id(run.version_provider);
    if (home.empty()) return of_model.empty() ? "openai" : of_model;
    auto const& model_at_home = has_source ? run.source_model : run.version_model;
    // A version made by hand says OpenAI whatever its model is.
    bool const is_known = has_source || home != "openai";
    bool const is_of_family = of_model.empty() || (is_known && of_model == provider_of_model(model_at_home));
    return is_of_family ? home : of_model;
}

} // namespace

bool can_stand_in_path(std::string_view name)
{
    return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return std::isalnum(c) || c == '-' || c == '.' || c == '_';
    });
}

std::string provider_of_model(std::string_view model)
{
    struct known {
        std::string_view begins_with, provider;
    };
    static constexpr std::array<known, 15> families{{{"gpt-", "openai"},
                                                     {"chatgpt-", "openai"},
                                                     {"o1", "openai"},
                                                     {"o3", "openai"},
                                                     {"o4", "openai"},
                                                     {"ft:gpt-", "openai"},
                                                     {"claude-", "anthropic"},
                                                     {"gemini-", "google"},
                                                     {"gemma-", "google"},
                                                     {"deepseek-", "deepseek"},
                                                     {"grok-", "xai"},
                                                     {"mistral-", "mistral"},
                                                     {"codestral-", "mistral"},
                                                     {"command-", "cohere"},
                                                     {"sonar", "perplexity"}}};
    if (model.find('/') != model.npos) return "openrouter";
    for (auto const& [begins_with, provider] : families)
        if (net::istarts_with(model, begins_with)) return std::string(provider);
    return {};
}

call_plan plan_call(storage::begun_run const& run, std::string const& key_provider)
{
    call_plan plan;
    auto const content = parsed(run.content);
    auto const inputs = parsed(run.inputs);
    auto const auto_inputs = parsed(run.auto_inputs);
    if (!content.is_object() || !inputs.is_object() || !auto_inputs.is_array()) {
        plan.problem = "the prompt version's template is no chat request: it must be a JSON object";
        return plan;
    }
    if (prompts::filled_size(content, inputs.get_object(), auto_inputs.get_array()) > most_body) {
        plan.problem = "the template filled with these inputs is more than 16 MiB";
        return plan;
    }
    auto filled = prompts::fill(content, inputs.get_object(), auto_inputs.get_array());
    auto& body = filled.as_object();
    auto const how = form_of(body, run.path);
    auto const model = run.model.empty() ? prompts::model_of(content) : run.model;
    plan.provider = provider_of(run, key_provider, model);
    if (!can_stand_in_path(plan.provider)) {
        plan.problem = "the provider that the version or the key names cannot be one: \"" + plan.provider + "\"";
        return plan;
    }
    plan.target = target_of(plan.provider, how, model);
    if (plan.target.empty()) {
        plan.problem = "the template is in another provider's format than " + plan.provider + " takes: for " +
                       (model.empty() ? "this model" : model) + " it must be a chat completion of OpenAI's form";
        return plan;
    }
    if (how == form::google) {
        body.erase("model"); // it is in the path
        if (!can_stand_in_path(model))
            plan.problem = "the model of a template of Google's form stands in the URL: \"" + model + "\" cannot";
    } else if (!model.empty()) {
        body["model"] = model;
    }
    body.erase("stream");
    body.erase("stream_options");
    plan.body = json::serialize(body);
    return plan;
}

} // namespace weir::experiments
