#include "api/endpoints.hpp"
#include "api/filters.hpp"
#include "api/prompt_templates.hpp"
#include "api/prompt_types.hpp"
#include "storage/connection.hpp"
#include "storage/prompt_inputs.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

/// The versions of a prompt, and the one in production with its placeholders filled.
namespace weir::api
{

struct prompt_versions_query_params {
    std::optional<prompt_version_filter> filter; ///< all
    std::optional<bool> includeExperimentVersions;
};
BOOST_DESCRIBE_STRUCT(prompt_versions_query_params, (), (filter, includeExperimentVersions))

struct prompt_versions_request {
    std::string promptId;
    prompt_versions_query_params body;
};
BOOST_DESCRIBE_STRUCT(prompt_versions_request, (), (promptId, body))

/// includeExperimentVersions has no effect: what is in production is meant.
struct fill_prompt_params : prompt_versions_query_params {
    prompt_inputs inputs;
};
BOOST_DESCRIBE_STRUCT(fill_prompt_params, (prompt_versions_query_params), (inputs))

struct fill_prompt_request {
    std::string user_defined_id;
    fill_prompt_params body;
};
BOOST_DESCRIBE_STRUCT(fill_prompt_request, (), (user_defined_id, body))

struct filled_version_columns {
    std::string id;
    std::int64_t minor_version = 0, major_version = 0;
    std::string prompt_v2, model;
};
BOOST_DESCRIBE_STRUCT(filled_version_columns, (), (id, minor_version, major_version, prompt_v2, model))

struct prompt_version_result_compiled : filled_version_columns {
    raw_json prompt_compiled;
};
BOOST_DESCRIBE_STRUCT(prompt_version_result_compiled, (filled_version_columns), (prompt_compiled))

struct prompt_version_result_filled : filled_version_columns {
    raw_json filled_helicone_template;
};
BOOST_DESCRIBE_STRUCT(prompt_version_result_filled, (filled_version_columns), (filled_helicone_template))

namespace
{

constexpr std::int64_t most_versions = 1000;

result<storage::filter> read_filter_of(prompt_versions_query_params const& params)
{
    if (!params.filter) return storage::filter{};
    return read_filter(*params.filter, "filter");
}

storage::result<std::vector<storage::prompt_version>> find_versions(storage::connection& db,
                                                                    storage::organization_id whose,
                                                                    storage::uuid const& prompt,
                                                                    storage::version_query const& query)
{
    if (auto const known = storage::check_prompt(db, whose, prompt); !known) return known.error();
    return storage::query_versions(db, whose, prompt, query);
}

asio::awaitable<result<std::vector<prompt_version_result>>> query_versions(prompt_versions_request asked,
                                                                           services& with)
{
    auto what = read_filter_of(asked.body);
    if (!what) co_return what.error();
    auto const id = storage::uuid::parse(asked.promptId);
    if (!id) co_return not_found("Prompt not found");
    storage::version_query wanted{.what = std::move(*what),
                                  .with_assigned = asked.body.includeExperimentVersions.value_or(false),
                                  .most = most_versions,
                                  .most_bytes = most_prompt_bytes};
    auto const query = [whose = with.organization, id = *id, wanted = std::move(wanted)](storage::connection& db) {
        return find_versions(db, whose, id, wanted);
    };
    auto found = co_await with.store.read(query);
    if (!found && found.error() == storage::errc::not_found) co_return not_found("Prompt not found");
    if (!found && found.error() == storage::errc::too_large)
        co_return invalid("filter: the templates are larger than 64 MiB together; ask for fewer");
    if (!found) co_return found.error();
    std::vector<prompt_version_result> all;
    for (auto& one : *found) all.push_back(shown(std::move(one)));
    co_return all;
}

storage::result<storage::prompt_version> fill_production(storage::connection& db, storage::organization_id whose,
                                                         std::string const& user_defined_id,
                                                         storage::filter const& what, prompt_inputs const& inputs)
{
    auto version = storage::find_production_version(db, whose, user_defined_id, what);
    if (!version) return version.error();
    auto const auto_inputs = storage::newest_auto_inputs(db, version->id);
    if (!auto_inputs) return auto_inputs.error();
    return filled(std::move(*version), inputs, *auto_inputs);
}

/// The version in production with the filled template as its content.
asio::awaitable<result<storage::prompt_version>> filled_version(fill_prompt_request asked, services& with)
{
    auto what = read_filter_of(asked.body);
    if (!what) co_return what.error();
    auto const query = [whose = with.organization, name = std::move(asked.user_defined_id), what = std::move(*what),
                        inputs = std::move(asked.body.inputs)](storage::connection& db) {
        return fill_production(db, whose, name, what, inputs);
    };
    auto found = co_await with.store.read(query);
    if (!found && found.error() == storage::errc::not_found)
        co_return not_found("Failed to get compiled prompt versions");
    if (!found && found.error() == storage::errc::too_large)
        co_return invalid("inputs: the filled template would be larger than 64 MiB");
    if (!found) co_return found.error();
    co_return std::move(*found);
}

template <class Result>
Result columns_of(storage::prompt_version&& from)
{
    Result shown;
    shown.id = from.id.text();
    shown.minor_version = from.minor;
    shown.major_version = from.major;
    shown.prompt_v2 = from.prompt.text();
    shown.model = std::move(from.model);
    return shown;
}

asio::awaitable<result<prompt_version_result_compiled>> compile(fill_prompt_request asked, services& with)
{
    auto version = co_await filled_version(std::move(asked), with);
    if (!version) co_return version.error();
    raw_json content{std::move(version->content)};
    auto shown = columns_of<prompt_version_result_compiled>(std::move(*version));
    shown.prompt_compiled = std::move(content);
    co_return shown;
}

asio::awaitable<result<prompt_version_result_filled>> fill_template(fill_prompt_request asked, services& with)
{
    auto version = co_await filled_version(std::move(asked), with);
    if (!version) co_return version.error();
    raw_json content{std::move(version->content)};
    auto shown = columns_of<prompt_version_result_filled>(std::move(*version));
    shown.filled_helicone_template = std::move(content);
    co_return shown;
}

constexpr endpoint prompt_fill_entries[] = {
    post<query_versions>("/v1/prompt/{promptId}/versions/query", "GetPromptVersions",
                         "The versions of a prompt that pass a filter, oldest first"),
    post<compile>("/v1/prompt/{user_defined_id}/compile", "GetPromptVersionsCompiled",
                  "The template in production, with inputs filled in"),
    post<fill_template>("/v1/prompt/{user_defined_id}/template", "GetPromptVersionTemplates",
                        "The same, under another name"),
};
static_assert(each_is_unique(prompt_fill_entries));

} // namespace

constinit group const prompt_fill_endpoints{"Prompt", prompt_fill_entries};

} // namespace weir::api
