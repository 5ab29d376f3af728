#include "api/promptlayer/template_view.hpp"

#include "api/promptlayer/values.hpp"
#include "prompts/blueprint.hpp"
#include "storage/blueprint_views.hpp"
#include "storage/connection.hpp"

namespace asio = boost::asio;
namespace json = boost::json;

namespace weir::api::promptlayer
{
namespace
{

/// What one look at the store yields: an answer, or why the client gets none.
struct template_parts {
    prompt_template_answer answer;
    std::optional<failure> why;
    bool lacks_number = false;
};

std::string parameter_of(json::object const& from, std::string_view name)
{
    auto const* const found = from.if_contains(name);
    return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

/// Where calls to a provider go through the gateway, for the clients that speak its API.
std::optional<provider_base_url> base_url_for(std::string const& gateway, json::object const& model)
{
    auto const provider = parameter_of(model, "provider");
    if (gateway.empty() || (provider != "openai" && provider != "anthropic")) return std::nullopt;
    return provider_base_url{
        .name = "weir", .provider = provider, .url = gateway + "/" + provider + (provider == "openai" ? "/v1" : "")};
}

/// The template as it was asked for; none with a failure in `to`.
std::optional<json::object> prepared(storage::connection& db, storage::organization_id whose, template_wish const& wish,
                                     json::object blueprint, template_parts& to, boost::system::error_code& bad_store)
{
    prompts::render_budget budget;
    if (wish.resolves_snippets) {
        auto resolved = storage::with_snippets(db, whose, std::move(blueprint), budget);
        if (!resolved) {
            bad_store = resolved.error().store;
            to.why = unprocessable(resolved.error().why.text());
            return std::nullopt;
        }
        for (auto const& one : resolved->used)
            to.answer.snippets.push_back({one.reference.name, one.version, one.reference.label});
        if (!resolved->missing.empty())
            to.answer.warning = "There is no snippet " + resolved->missing + ": it stays as it is written.";
        blueprint = std::move(resolved->blueprint);
    }
    if (!wish.input_variables) return blueprint;
    auto rendered = prompts::render_blueprint(std::move(blueprint), *wish.input_variables, budget);
    if (rendered) return std::move(*rendered);
    to.why = unprocessable(rendered.error().text());
    return std::nullopt;
}

void add_model(template_wish const& wish, std::string const& gateway, storage::viewed_version const& seen,
               template_parts& to)
{
    auto const* const stored = seen.model();
    bool const is_overridden = !wish.provider.empty() || !wish.model.empty();
    auto metadata = seen.metadata;
    json::value kwargs;
    if (stored || is_overridden) {
        auto const model = prompts::with_overrides(stored ? *stored : json::object(), wish.provider, wish.model,
                                                   wish.model_parameter_overrides);
        if (!metadata) metadata.emplace();
        (*metadata)["model"] = model;
        auto made =
            wish.with_llm_kwargs ? prompts::llm_kwargs(to.answer.prompt_template.get_object(), model) : std::nullopt;
        if (made) {
            kwargs = std::move(*made);
            to.answer.provider_base_url = base_url_for(gateway, model);
        }
    }
    if (metadata) to.answer.metadata = json::value(std::move(*metadata));
    if (!wish.with_llm_kwargs) return;
    if (kwargs.is_null() && !to.answer.warning)
        to.answer.warning = stored || is_overridden
                                ? "llm_kwargs are made for OpenAI's chat completions and Anthropic's messages only: "
                                  "run() cannot call this template's model."
                                : "llm_kwargs are made for a model, and this template has none.";
    to.answer.llm_kwargs = kwargs.is_null() ? nullable<json::value>() : nullable<json::value>(std::move(kwargs));
}

storage::result<template_parts> look(storage::connection& db, storage::organization_id whose, template_wish const& wish,
                                     std::string const& gateway, bool may_write)
{
    auto const prompt = storage::find_prompt_named(db, whose, wish.identifier);
    if (!prompt) return prompt.error();
    auto found = storage::find_blueprint(db, whose, *prompt, wish.which);
    if (!found) return found.error();
    template_parts to;
    to.lacks_number = !found->prompt_number;
    if (to.lacks_number) {
        if (!may_write) return to;
        if (auto const done = storage::give_numbers(db, whose, *found); !done) return done.error();
    }
    auto tags = storage::prompt_tags(db, *prompt);
    if (!tags) return tags.error();
    auto seen = storage::view_of(*found);
    boost::system::error_code bad_store;
    auto made = prepared(db, whose, wish, std::move(seen.blueprint), to, bad_store);
    if (bad_store) return bad_store;
    if (!made) return to;
    to.answer.prompt_template = std::move(*made);
    to.answer.id = *found->prompt_number;
    to.answer.prompt_name = std::move(found->prompt_name);
    to.answer.version = found->number;
    to.answer.commit_message = std::move(found->commit_message);
    to.answer.tags = std::move(*tags);
    to.answer.created_at = time_text(found->created_us);
    add_model(wish, gateway, seen, to);
    return to;
}

} // namespace

asio::awaitable<result<prompt_template_answer>> show_template(template_wish wish, services& with)
{
    auto const query = [whose = with.organization, wish, gateway = with.gateway_url](storage::connection& db) {
        return look(db, whose, wish, gateway, false);
    };
    auto seen = co_await with.store.read(query);
    if (seen && seen->lacks_number) {
        auto const numbering = [whose = with.organization, wish, gateway = with.gateway_url](storage::connection& db) {
            return look(db, whose, wish, gateway, true);
        };
        seen = co_await with.store.write(numbering);
    }
    if (!seen) co_return no_such_prompt(seen.error());
    if (seen->why) co_return *seen->why;
    co_return std::move(seen->answer);
}

failure no_such_prompt(boost::system::error_code why)
{
    return why == storage::errc::not_found ? not_found("Prompt template not found") : failure(why);
}

} // namespace weir::api::promptlayer
