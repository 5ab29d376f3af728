#include "api/endpoints.hpp"
#include "api/promptlayer/template_changes.hpp"
#include "api/promptlayer/template_view.hpp"
#include "api/promptlayer/values.hpp"
#include "net/text.hpp"
#include "prompts/blueprint.hpp"
#include "prompts/template.hpp"
#include "storage/blueprint_views.hpp"
#include "storage/connection.hpp"
#include "storage/external_ids.hpp"
#include "storage/prompt_labels.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <map>

namespace asio = boost::asio;
namespace json = boost::json;

namespace weir::api::promptlayer
{

struct published_prompt {
    std::string prompt_name;
    std::optional<std::vector<std::string>> tags;
    std::optional<std::int64_t> workspace_id;
};
BOOST_DESCRIBE_STRUCT(published_prompt, (), (prompt_name, tags, workspace_id))

struct published_version {
    json::value prompt_template;
    std::optional<std::string> commit_message;
    std::optional<json::value> metadata;
};
BOOST_DESCRIBE_STRUCT(published_version, (), (prompt_template, commit_message, metadata))

struct publish_template_params {
    published_prompt prompt_template;
    published_version prompt_version;
    std::optional<std::vector<std::string>> release_labels;
    std::optional<std::vector<external_id_value>> external_ids;
};
BOOST_DESCRIBE_STRUCT(publish_template_params, (), (prompt_template, prompt_version, release_labels, external_ids))

struct publish_template_request {
    publish_template_params body;
};
BOOST_DESCRIBE_STRUCT(publish_template_request, (), (body))

struct legacy_publish_params : published_prompt, published_version {
    std::optional<std::vector<std::string>> release_labels;
};
BOOST_DESCRIBE_STRUCT(legacy_publish_params, (published_prompt, published_version), (release_labels))

struct legacy_publish_request {
    legacy_publish_params body;
};
BOOST_DESCRIBE_STRUCT(legacy_publish_request, (), (body))

struct patch_template_request {
    std::string identifier;
    template_changes body;
};
BOOST_DESCRIBE_STRUCT(patch_template_request, (), (identifier, body))

namespace
{

/// What is published, and what goes with it.
struct publication {
    storage::new_blueprint version;
    std::optional<std::vector<std::string>> tags;
    std::vector<std::string> labels;
    std::vector<external_id_value> external_ids;
};

std::optional<failure> problem_with_name(std::string_view field, std::string_view name)
{
    if (name.empty()) return unprocessable(std::string(field) + ": is empty");
    return problem_with_value(field, name, longest_prompt_name);
}

std::optional<failure> problem_with_labels(std::vector<std::string> const& labels)
{
    if (labels.size() > most_labels) return unprocessable("release_labels: at most " + std::to_string(most_labels));
    for (std::size_t i = 0; i < labels.size(); ++i) {
        auto const field = "release_labels[" + std::to_string(i) + "]";
        if (labels[i].empty()) return unprocessable(field + ": is empty");
        if (auto bad = problem_with_value(field, labels[i], longest_label)) return bad;
    }
    return std::nullopt;
}

std::optional<failure> problem_with_external_ids(std::vector<external_id_value> const& ids)
{
    if (ids.size() > most_external_ids)
        return unprocessable("external_ids: at most " + std::to_string(most_external_ids));
    for (std::size_t i = 0; i < ids.size(); ++i) {
        auto const field = "external_ids[" + std::to_string(i) + "]";
        if (ids[i].source.empty()) return unprocessable(field + ".source: is empty");
        if (ids[i].external_id.empty()) return unprocessable(field + ".external_id: is empty");
        if (auto bad = problem_with_value(field + ".source", ids[i].source, longest_source)) return bad;
        if (auto bad = problem_with_value(field + ".external_id", ids[i].external_id, longest_external_id)) return bad;
    }
    return std::nullopt;
}

/// What is wrong with the parts of a version that have types of their own. `prefix` is where they stand.
std::optional<failure> problem_with_version(std::string const& prefix, json::value const& blueprint,
                                            std::optional<json::value> const& metadata,
                                            std::optional<std::string> const& commit_message)
{
    if (auto const bad = prompts::problem_with_blueprint(blueprint)) {
        auto const joint = bad->find(": ") == bad->npos ? ": " : "."; // without a path it is of the whole
        return unprocessable(prefix + "prompt_template" + joint + *bad);
    }
    bool const has_metadata = metadata && !metadata->is_null();
    if (has_metadata && !metadata->is_object()) return unprocessable(prefix + "metadata: must be an object");
    auto const* const model = has_metadata ? metadata->get_object().if_contains("model") : nullptr;
    if (model && !model->is_null() && !model->is_object())
        return unprocessable(prefix + "metadata.model: must be an object");
    if (model && model->is_object())
        for (auto const name : {"provider", "name", "api_type"}) {
            auto const* const text = model->get_object().if_contains(name);
            if (text && !text->is_null() && !text->is_string())
                return unprocessable(prefix + "metadata.model." + name + ": must be a string");
        }
    if (!commit_message) return std::nullopt;
    if (net::character_count(*commit_message) > longest_commit_message)
        return unprocessable(prefix + "commit_message: is longer than 72 characters");
    return problem_with_value(prefix + "commit_message", *commit_message, 4 * longest_commit_message);
}

std::string helicones_provider(json::object const& model)
{
    auto const* const given = model.if_contains("provider");
    std::string name(given && given->is_string() ? std::string_view(given->get_string()) : "openai");
    if (name == "openai.azure") name = "azure";
    name.resize(std::min(name.find('.'), name.size()));
    for (auto& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return net::clean_text(name);
}

/// A version as it is stored, of one in which nothing is wrong.
result<storage::new_blueprint> version_of(std::string name, std::string const& prefix, json::object blueprint,
                                          std::optional<json::value> metadata,
                                          std::optional<std::string> commit_message)
{
    auto completed = prompts::completed(std::move(blueprint));
    if (!completed) return unprocessable(prefix + "prompt_template." + completed.error().text());
    json::object model;
    if (metadata && metadata->is_null()) metadata.reset();
    if (metadata)
        if (auto* const given = metadata->get_object().if_contains("model"); given && given->is_object()) {
            model = prompts::with_overrides(given->get_object(), {}, {}, {});
            *given = model;
        }
    storage::new_blueprint made;
    made.prompt_name = std::move(name);
    auto const content = prompts::template_of_blueprint(*completed, model);
    made.what = storage::template_of(content);
    made.what.input_keys = prompts::input_keys(content);
    made.provider = helicones_provider(model);
    made.blueprint = json::serialize(*completed);
    if (metadata) made.metadata = json::serialize(*metadata);
    made.commit_message = std::move(commit_message);
    return made;
}

/// What was published, or why nothing was.
struct outcome {
    published_template_answer answer;
    std::optional<failure> why;
};

storage::result<outcome> publish_in(storage::connection& db, storage::organization_id whose, publication const& wish,
                                    std::int64_t now_us)
{
    auto made = storage::publish_blueprint(db, whose, wish.version, now_us);
    if (!made) return made.error();
    outcome done;
    if (wish.tags)
        if (auto const kept = storage::set_prompt_tags(db, made->prompt, *wish.tags); !kept) return kept.error();
    for (auto const& label : wish.labels) {
        auto const put = storage::put_label(db, whose, made->prompt, made->id, label, now_us);
        if (!put) return put.error();
        done.answer.release_labels.push_back(label);
    }
    for (auto const& other : wish.external_ids) {
        auto const put = storage::put_external_id(db, whose, storage::external_kind::prompt,
                                                  {other.source, other.external_id}, *made->prompt_number);
        if (!put) return put.error();
    }
    auto tags = storage::prompt_tags(db, made->prompt);
    if (!tags) return tags.error();
    auto const ids = storage::external_names(db, whose, storage::external_kind::prompt, *made->prompt_number);
    if (!ids) return ids.error();
    for (auto const& one : *ids) done.answer.external_ids.push_back({one.source, one.id});
    auto seen = storage::view_of(*made);
    done.answer.id = *made->prompt_number;
    done.answer.prompt_name = made->prompt_name;
    done.answer.prompt_version_id = *made->id_number;
    done.answer.version_number = made->number;
    done.answer.tags = std::move(*tags);
    done.answer.prompt_template = std::move(seen.blueprint);
    if (seen.metadata) done.answer.metadata = json::value(std::move(*seen.metadata));
    done.answer.commit_message = made->commit_message;
    return done;
}

failure told(boost::system::error_code why)
{
    return why == storage::errc::conflict ? conflict("external_ids: one of them is another prompt's") : failure(why);
}

asio::awaitable<result<published_template_answer>> publish(published_prompt prompt, published_version version,
                                                           std::vector<std::string> labels,
                                                           std::vector<external_id_value> external_ids,
                                                           std::string prefix, services& with)
{
    auto const prompt_prefix = prefix.empty() ? std::string() : std::string("prompt_template.");
    if (auto const bad = problem_with_workspace(prompt.workspace_id)) co_return *bad;
    if (auto const bad = problem_with_name(prompt_prefix + "prompt_name", prompt.prompt_name)) co_return *bad;
    if (prompt.tags)
        if (auto const bad = problem_with_tags(*prompt.tags, prompt_prefix + "tags")) co_return *bad;
    if (auto const bad = problem_with_labels(labels)) co_return *bad;
    if (auto const bad = problem_with_external_ids(external_ids)) co_return *bad;
    auto const bad = problem_with_version(prefix, version.prompt_template, version.metadata, version.commit_message);
    if (bad) co_return *bad;
    auto made = version_of(std::move(prompt.prompt_name), prefix, std::move(version.prompt_template.as_object()),
                           std::move(version.metadata), std::move(version.commit_message));
    if (!made) co_return made.error();
    publication wish{std::move(*made), std::move(prompt.tags), std::move(labels), std::move(external_ids)};
    auto const query = [whose = with.organization, wish = std::move(wish),
                        now = with.now_us()](storage::connection& db) { return publish_in(db, whose, wish, now); };
    auto done = co_await with.store.write(query);
    if (!done) co_return told(done.error());
    co_return std::move(done->answer);
}

asio::awaitable<result<bare<published_template_answer>>> publish_template(publish_template_request asked,
                                                                          services& with)
{
    auto& body = asked.body;
    auto labels = std::move(body.release_labels).value_or(std::vector<std::string>());
    auto ids = std::move(body.external_ids).value_or(std::vector<external_id_value>());
    auto made = co_await publish(std::move(body.prompt_template), std::move(body.prompt_version), std::move(labels),
                                 std::move(ids), "prompt_version.", with);
    if (!made) co_return made.error();
    co_return bare<published_template_answer>{std::move(*made)};
}

asio::awaitable<result<bare<published_template_answer>>> publish_flat_template(legacy_publish_request asked,
                                                                               services& with)
{
    published_prompt prompt = asked.body;
    published_version version = asked.body;
    auto labels = std::move(asked.body.release_labels).value_or(std::vector<std::string>());
    std::vector<external_id_value> no_ids;
    auto made = co_await publish(std::move(prompt), std::move(version), std::move(labels), std::move(no_ids), "", with);
    if (!made) co_return made.error();
    co_return bare<published_template_answer>{std::move(*made)};
}

/// Changes the version that is meant, and publishes what comes of it.
storage::result<outcome> patch_in(storage::connection& db, storage::organization_id whose, std::string const& name,
                                  template_changes const& changes, std::int64_t now_us)
{
    auto const prompt = storage::find_prompt_named(db, whose, name);
    if (!prompt) return prompt.error();
    auto const base = storage::find_blueprint(db, whose, *prompt, {changes.version, changes.label});
    if (!base) return base.error();
    outcome done;
    auto seen = storage::view_of(*base);
    std::optional<json::value> metadata;
    if (seen.metadata) metadata = json::value(std::move(*seen.metadata));
    done.why = apply(changes, seen.blueprint, metadata);
    if (!done.why) done.why = problem_with_version("", seen.blueprint, metadata, changes.commit_message);
    if (done.why) return done;
    auto version =
        version_of(base->prompt_name, "", std::move(seen.blueprint), std::move(metadata), changes.commit_message);
    if (!version) {
        done.why = version.error();
        return done;
    }
    publication const wish{
        std::move(*version), std::nullopt, changes.release_labels.value_or(std::vector<std::string>()), {}};
    return publish_in(db, whose, wish, now_us);
}

asio::awaitable<result<created<published_template_answer>>> patch_template(patch_template_request asked, services& with)
{
    auto const& changes = asked.body;
    if (changes.version && changes.label) co_return unprocessable("label: goes with no version");
    if (changes.version && *changes.version < 1) co_return unprocessable("version: must be 1 or more");
    if (changes.release_labels)
        if (auto const bad = problem_with_labels(*changes.release_labels)) co_return *bad;
    auto const query = [whose = with.organization, asked, now = with.now_us()](storage::connection& db) {
        return patch_in(db, whose, asked.identifier, asked.body, now);
    };
    auto done = co_await with.store.write(query);
    if (!done) co_return no_such_prompt(done.error());
    if (done->why) co_return *done->why;
    co_return created<published_template_answer>{std::move(done->answer)};
}

constexpr endpoint template_publish_entries[] = {
    changes(post<publish_template>("/rest/prompt-templates", "PublishPromptTemplate",
                                   "Publishes the next version of a prompt")),
    patch<patch_template>("/rest/prompt-templates/{identifier...}", "PatchPromptTemplate",
                          "Publishes a version that differs in parts from another"),
    changes(post<publish_flat_template>("/library-publish-prompt-template", "LibraryPublishPromptTemplate",
                                        "Publishes the next version of a prompt, as old clients do it")),
};
static_assert(each_is_unique(template_publish_entries));

} // namespace

} // namespace weir::api::promptlayer

namespace weir::api
{

constinit group const promptlayer_publish_endpoints{"PromptLayer templates", promptlayer::template_publish_entries,
                                                    false, dialect::promptlayer};

} // namespace weir::api
