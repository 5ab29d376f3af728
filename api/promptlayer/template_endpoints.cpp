#include "api/endpoints.hpp"
#include "api/promptlayer/change_times.hpp"
#include "api/promptlayer/template_view.hpp"
#include "api/promptlayer/values.hpp"
#include "storage/blueprint_views.hpp"
#include "storage/connection.hpp"
#include "storage/external_ids.hpp"

#include <boost/describe/enum.hpp>

#include <map>
#include <utility>

namespace asio = boost::asio;
namespace json = boost::json;

namespace weir::api::promptlayer
{

struct get_template_params {
    std::optional<std::int64_t> version;
    std::optional<std::string> label;
    std::optional<std::int64_t> workspace_id;
    std::optional<std::string> provider, model;
    std::optional<std::map<std::string, json::value>> input_variables;
    std::optional<std::map<std::string, json::value>> metadata_filters; ///< of no effect: nothing is routed by them
    std::optional<std::map<std::string, json::value>> model_parameter_overrides;
    std::optional<bool> skip_input_variable_rendering;
};
BOOST_DESCRIBE_STRUCT(get_template_params, (),
                      (version, label, workspace_id, provider, model, input_variables, metadata_filters,
                       model_parameter_overrides, skip_input_variable_rendering))

struct get_template_request {
    std::string identifier;
    std::optional<get_template_params> body;
};
BOOST_DESCRIBE_STRUCT(get_template_request, (), (identifier, body))

struct read_template_request {
    std::string identifier;
    std::optional<std::int64_t> version;
    std::optional<std::string> label;
    std::optional<bool> resolve_snippets, include_llm_kwargs;
    std::optional<std::int64_t> workspace_id;
};
BOOST_DESCRIBE_STRUCT(read_template_request, (),
                      (identifier, version, label, resolve_snippets, include_llm_kwargs, workspace_id))

struct legacy_template_request {
    std::string prompt_name;
    std::optional<std::int64_t> version;
    std::optional<std::string> label;
};
BOOST_DESCRIBE_STRUCT(legacy_template_request, (), (prompt_name, version, label))

enum class template_status { active, deleted, all };
BOOST_DESCRIBE_ENUM(template_status, active, deleted, all)

enum class template_order { created_at, updated_at, name, id };
BOOST_DESCRIBE_ENUM(template_order, created_at, updated_at, name, id)

enum class template_direction { asc, desc };
BOOST_DESCRIBE_ENUM(template_direction, asc, desc)

struct list_templates_request {
    std::optional<std::int64_t> page, per_page;
    std::optional<std::string> label, name;
    std::optional<std::vector<std::string>> tags;
    std::optional<template_status> status;
    std::optional<bool> is_snippet;
    std::optional<std::string> created_after, created_before, updated_after, updated_before, created_by_email;
    std::optional<std::string> external_source, external_id;
    std::optional<template_order> sort_by;
    std::optional<template_direction> sort_order;
    std::optional<std::int64_t> workspace_id;
};
BOOST_DESCRIBE_STRUCT(list_templates_request, (),
                      (page, per_page, label, name, tags, status, is_snippet, created_after, created_before,
                       updated_after, updated_before, created_by_email, external_source, external_id, sort_by,
                       sort_order, workspace_id))

struct listed_template {
    std::int64_t id = 0;
    std::string prompt_name;
    std::int64_t version = 0;
    std::int64_t prompt_version_id = 0;
    std::int64_t workspace_id = 1;
    bool is_snippet = false, is_deleted = false;
    json::value prompt_template;
    nullable<json::value> metadata;
    nullable<std::string> commit_message;
    std::vector<std::string> tags;
    std::vector<external_id_value> external_ids;
    std::string created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(listed_template, (),
                      (id, prompt_name, version, prompt_version_id, workspace_id, is_snippet, is_deleted,
                       prompt_template, metadata, commit_message, tags, external_ids, created_at, updated_at))

struct listed_templates {
    std::vector<listed_template> items;
    bool has_next = false, has_prev = false;
    nullable<std::int64_t> next_num, prev_num;
    std::int64_t page = 1, pages = 0, per_page = 0, total = 0;
};
BOOST_DESCRIBE_STRUCT(listed_templates, (),
                      (items, has_next, has_prev, next_num, prev_num, page, pages, per_page, total))

namespace
{

using listing_query = storage::prompt_listing_query;

constexpr std::int64_t default_per_page = 30, most_per_page = 100, most_page = 1'000'000;
constexpr std::size_t most_listed_bytes = std::size_t{64} * 1024 * 1024;

json::object object_of(std::map<std::string, json::value>&& members)
{
    json::object made;
    for (auto& [name, value] : members) made.emplace(name, std::move(value));
    return made;
}

std::optional<failure> problem_with_choice(std::optional<std::int64_t> const& version,
                                           std::optional<std::string> const& label)
{
    if (version && *version < 1) return unprocessable("version: must be 1 or more");
    return label ? problem_with_value("label", *label, longest_label) : std::nullopt;
}

asio::awaitable<result<bare<prompt_template_answer>>> get_template(get_template_request asked, services& with)
{
    auto params = std::move(asked.body).value_or(get_template_params{});
    if (auto const bad = problem_with_workspace(params.workspace_id)) co_return *bad;
    if (auto const bad = problem_with_choice(params.version, params.label)) co_return *bad;
    template_wish wish;
    wish.identifier = std::move(asked.identifier);
    wish.which = {params.version, std::move(params.label)};
    wish.provider = params.provider.value_or("");
    wish.model = params.model.value_or("");
    bool const is_filled = params.input_variables && !params.skip_input_variable_rendering.value_or(false);
    if (is_filled) wish.input_variables = object_of(std::move(*params.input_variables));
    if (params.model_parameter_overrides)
        wish.model_parameter_overrides = object_of(std::move(*params.model_parameter_overrides));
    auto shown = co_await show_template(std::move(wish), with);
    if (!shown) co_return shown.error();
    co_return bare<prompt_template_answer>{std::move(*shown)};
}

asio::awaitable<result<bare<prompt_template_answer>>> read_template(read_template_request asked, services& with)
{
    if (auto const bad = problem_with_workspace(asked.workspace_id)) co_return *bad;
    if (auto const bad = problem_with_choice(asked.version, asked.label)) co_return *bad;
    template_wish wish;
    wish.identifier = std::move(asked.identifier);
    wish.which = {asked.version, std::move(asked.label)};
    wish.resolves_snippets = asked.resolve_snippets.value_or(true);
    wish.with_llm_kwargs = asked.include_llm_kwargs.value_or(false);
    auto shown = co_await show_template(std::move(wish), with);
    if (!shown) co_return shown.error();
    co_return bare<prompt_template_answer>{std::move(*shown)};
}

asio::awaitable<result<bare<prompt_template_answer>>> read_template_by_name(legacy_template_request asked,
                                                                            services& with)
{
    if (auto const bad = problem_with_choice(asked.version, asked.label)) co_return *bad;
    template_wish wish;
    wish.identifier = std::move(asked.prompt_name);
    wish.which = {asked.version, std::move(asked.label)};
    auto shown = co_await show_template(std::move(wish), with);
    if (!shown) co_return shown.error();
    co_return bare<prompt_template_answer>{std::move(*shown)};
}

result<listing_query> query_of(list_templates_request& asked)
{
    auto const page = asked.page.value_or(1), per_page = asked.per_page.value_or(default_per_page);
    if (page < 1 || page > most_page) return unprocessable("page: must be 1 to 1000000", "query");
    if (per_page < 1 || per_page > most_per_page) return unprocessable("per_page: must be 1 to 100", "query");
    if (asked.external_source.has_value() != asked.external_id.has_value())
        return unprocessable("external_source: goes with external_id, and the other way round", "query");
    listing_query made;
    made.offset = (page - 1) * per_page;
    made.most = per_page;
    made.wanted = static_cast<listing_query::status>(asked.status.value_or(template_status::active));
    made.by = static_cast<listing_query::order>(asked.sort_by.value_or(template_order::created_at));
    made.is_descending = asked.sort_order.value_or(template_direction::desc) == template_direction::desc;
    made.is_snippet = asked.is_snippet;
    made.label = std::move(asked.label);
    made.name_part = std::move(asked.name);
    if (asked.tags) made.tags = std::move(*asked.tags);
    if (auto bad = problem_with_tags(made.tags)) return *bad;
    if (asked.external_id) made.external_id.emplace(*asked.external_source, *asked.external_id);
    auto const when = read_change_times(asked);
    if (!when) return when.error();
    made.when = *when;
    return made;
}

struct found_templates {
    std::int64_t total = 0;
    std::vector<listed_template> items;
    bool lacks_number = false;
};

storage::result<listed_template> listed(storage::connection& db, storage::organization_id whose,
                                        storage::prompt_listing const& from)
{
    auto const& version = from.version;
    listed_template one;
    one.id = *version.prompt_number;
    one.prompt_version_id = *version.id_number;
    one.version = version.number;
    one.prompt_name = version.prompt_name;
    one.is_deleted = version.is_prompt_deleted;
    auto const mark = "_deleted_" + version.prompt.text();
    if (one.is_deleted && one.prompt_name.ends_with(mark)) one.prompt_name.resize(one.prompt_name.size() - mark.size());
    auto seen = storage::view_of(version);
    one.is_snippet = seen.blueprint.at("type") == "completion";
    one.prompt_template = std::move(seen.blueprint);
    if (seen.metadata) one.metadata = json::value(std::move(*seen.metadata));
    one.commit_message = version.commit_message;
    one.created_at = time_text(from.created_us);
    one.updated_at = time_text(from.updated_us);
    auto tags = storage::prompt_tags(db, version.prompt);
    if (!tags) return tags.error();
    one.tags = std::move(*tags);
    auto const others = storage::external_names(db, whose, storage::external_kind::prompt, one.id);
    if (!others) return others.error();
    for (auto const& other : *others) one.external_ids.push_back({other.source, other.id});
    return one;
}

storage::result<found_templates> find_page(storage::connection& db, storage::organization_id whose,
                                           listing_query const& query, bool may_write)
{
    auto page = storage::list_blueprints(db, whose, query, most_listed_bytes);
    if (!page) return page.error();
    found_templates found;
    found.total = page->total;
    for (auto& item : page->items) {
        if (!item.version.prompt_number || !item.version.id_number) {
            if (!may_write) return found_templates{0, {}, true};
            auto const done = storage::give_numbers(db, whose, item.version);
            if (!done) return done.error();
        }
        auto one = listed(db, whose, item);
        if (!one) return one.error();
        found.items.push_back(std::move(*one));
    }
    return found;
}

asio::awaitable<result<bare<listed_templates>>> list_templates(list_templates_request asked, services& with)
{
    if (auto const bad = problem_with_workspace(asked.workspace_id)) co_return *bad;
    auto query = query_of(asked);
    if (!query) co_return query.error();
    found_templates found;
    if (!asked.created_by_email) { // nobody's: weir knows no users
        auto const reading = [whose = with.organization, query = *query](storage::connection& db) {
            return find_page(db, whose, query, false);
        };
        auto page = co_await with.store.read(reading);
        if (page && page->lacks_number) {
            auto const numbering = [whose = with.organization, query = *query](storage::connection& db) {
                return find_page(db, whose, query, true);
            };
            page = co_await with.store.write(numbering);
        }
        if (!page && page.error() == storage::errc::too_large)
            co_return failure(errc::too_large, "per_page: the templates of a page are too large together");
        if (!page) co_return page.error();
        found = std::move(*page);
    }
    listed_templates answer;
    answer.items = std::move(found.items);
    answer.total = found.total;
    answer.per_page = query->most;
    answer.page = query->offset / query->most + 1;
    answer.pages = (found.total + query->most - 1) / query->most;
    answer.has_next = answer.page < answer.pages;
    answer.has_prev = answer.page > 1;
    if (answer.has_next) answer.next_num = answer.page + 1;
    if (answer.has_prev) answer.prev_num = answer.page - 1;
    co_return bare<listed_templates>{std::move(answer)};
}

constexpr endpoint template_entries[] = {
    post<get_template>("/prompt-templates/{identifier...}", "GetPromptTemplate",
                       "A version of a prompt, filled, with the request that it stands for"),
    get<read_template>("/prompt-templates/{identifier...}", "ReadPromptTemplate", "A version of a prompt as it is"),
    get<list_templates>("/prompt-templates", "ListPromptTemplates", "Prompts that pass filters, by page"),
    get<read_template_by_name>("/library-get-prompt-template", "LibraryGetPromptTemplate",
                               "A version of a prompt, as old clients ask for it"),
};
static_assert(each_is_unique(template_entries));

} // namespace

} // namespace weir::api::promptlayer

namespace weir::api
{

constinit group const promptlayer_template_endpoints{"PromptLayer templates", promptlayer::template_entries, false,
                                                     dialect::promptlayer};

} // namespace weir::api
