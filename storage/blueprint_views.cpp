#include "storage/blueprint_views.hpp"

#include "net/text.hpp"
#include "prompts/blueprint.hpp"
#include "prompts/stored_json.hpp"
#include "storage/connection.hpp"

#include <boost/json/array.hpp>

namespace json = boost::json;

namespace weir::storage
{
namespace
{

json::object stored_members(std::string const& text)
{
    boost::system::error_code bad;
    auto parsed = prompts::parse_stored(text, bad);
    return !bad && parsed.is_object() ? std::move(parsed.get_object()) : json::object();
}

/// PromptLayer's name of a provider that Helicone writes "OPENAI".
std::string provider_of(std::string_view helicones)
{
    auto name = net::to_lower(helicones);
    if (name.empty() || name == "custom") return "openai";
    return name == "azure" ? "openai.azure" : name;
}

result<std::optional<prompts::found_snippet>> snippet_of(connection& db, organization_id organization,
                                                         prompts::snippet_reference const& reference)
{
    auto const prompt = find_prompt_named(db, organization, reference.name);
    if (!prompt && prompt.error() == errc::not_found) return std::optional<prompts::found_snippet>();
    if (!prompt) return prompt.error();
    auto const found = find_blueprint(db, organization, *prompt, {reference.version, reference.label});
    if (!found && found.error() == errc::not_found) return std::optional<prompts::found_snippet>();
    if (!found) return found.error();
    auto const seen = view_of(*found);
    if (seen.blueprint.at("type") != "completion") return std::optional<prompts::found_snippet>();
    prompts::found_snippet snippet{.text = {}, .version = found->number};
    for (auto const& block : seen.blueprint.at("content").as_array())
        if (block.at("type") == "text") snippet.text += std::string_view(block.at("text").as_string());
    return std::optional(std::move(snippet));
}

} // namespace

json::object const* viewed_version::model() const
{
    auto const* const model = metadata ? metadata->if_contains("model") : nullptr;
    return model ? model->if_object() : nullptr;
}

viewed_version view_of(blueprint_version const& from)
{
    if (!from.blueprint) {
        boost::system::error_code bad;
        auto const content = prompts::parse_stored(from.content, bad);
        auto made = prompts::blueprint_of_template(bad ? json::value() : content, provider_of(from.provider));
        return {std::move(made.blueprint), json::object{{"model", std::move(made.model)}}};
    }
    viewed_version seen{stored_members(*from.blueprint), std::nullopt};
    if (from.metadata) seen.metadata = stored_members(*from.metadata);
    return seen;
}

boost::system::result<prompts::resolved_blueprint, prompts::snippet_failure> with_snippets(
    connection& db, organization_id organization, json::object blueprint, prompts::render_budget& budget)
{
    prompts::find_snippet const find = [&db, organization](prompts::snippet_reference const& reference) {
        return snippet_of(db, organization, reference);
    };
    auto resolved = prompts::resolve_snippets(std::move(blueprint), find, budget);
    if (!resolved) return resolved;
    auto completed = prompts::completed(std::move(resolved->blueprint));
    if (!completed) return prompts::snippet_failure{{}, completed.error()};
    resolved->blueprint = std::move(*completed);
    return resolved;
}

} // namespace weir::storage
