#include "api/dataset_types.hpp"
#include "api/endpoints.hpp"
#include "api/experiment_types.hpp"
#include "api/subversions.hpp"
#include "storage/connection.hpp"
#include "storage/experiments.hpp"
#include "storage/experiments_v2.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

/// The columns of experiments of the second kind.
namespace weir::api
{

struct new_experiment_version_params : subversion_params {
    std::string parentPromptVersionId;
};
BOOST_DESCRIBE_STRUCT(new_experiment_version_params, (subversion_params), (parentPromptVersionId))

struct new_experiment_version_request {
    std::string experimentId;
    new_experiment_version_params body;
};
BOOST_DESCRIBE_STRUCT(new_experiment_version_request, (), (experimentId, body))

struct experiment_version_request {
    std::string experimentId, promptVersionId;
};
BOOST_DESCRIBE_STRUCT(experiment_version_request, (), (experimentId, promptVersionId))

struct experiment_v2_prompt_version {
    std::string id, organization, prompt_v2;
    std::int64_t major_version = 0, minor_version = 0;
    nullable<std::string> model;
    nullable<raw_json> helicone_template;
    nullable<free_object> metadata;
    nullable<std::string> experiment_id, created_at;
    nullable<bool> soft_delete;
};
BOOST_DESCRIBE_STRUCT(experiment_v2_prompt_version, (),
                      (id, organization, prompt_v2, major_version, minor_version, model, helicone_template, metadata,
                       experiment_id, created_at, soft_delete))

namespace
{

asio::awaitable<result<prompt_version_result>> add_version(new_experiment_version_request asked, services& with)
{
    if (!storage::uuid::parse(asked.experimentId)) co_return not_found(no_experiment);
    auto const parent = read_id("parentPromptVersionId", asked.body.parentPromptVersionId);
    if (!parent) co_return parent.error();
    if (asked.body.experimentId && *asked.body.experimentId != asked.experimentId)
        co_return invalid("experimentId: is another one than in the path");
    auto keys = read_plain_input_keys(asked.body.newHeliconeTemplate, "newHeliconeTemplate");
    if (!keys) co_return keys.error();
    asked.body.experimentId = std::move(asked.experimentId);
    auto made = co_await derive_version(*parent, std::move(asked.body), std::move(*keys), with);
    co_return made;
}

asio::awaitable<result<null>> remove_version(experiment_version_request asked, services& with)
{
    auto const id = storage::uuid::parse(asked.experimentId), version = storage::uuid::parse(asked.promptVersionId);
    if (!id) co_return not_found(no_experiment);
    if (!version) co_return not_found(no_prompt_version);
    auto const query = [whose = with.organization, id = *id,
                        version = *version](storage::connection& db) -> result<null> {
        if (auto const there = storage::require_experiment_v2(db, whose, id); !there)
            return or_missing(there.error(), no_experiment);
        auto const done = storage::remove_experiment_version(db, whose, id, version);
        if (!done) return or_missing(done.error(), no_prompt_version);
        return null{};
    };
    auto done = co_await with.store.write(query);
    co_return done;
}

experiment_v2_prompt_version column_of(storage::prompt_version&& one, std::string const& organization)
{
    bool const is_deleted = one.is_deleted;
    auto version = shown(std::move(one));
    return {.id = std::move(version.id),
            .organization = organization,
            .prompt_v2 = std::move(version.prompt_v2),
            .major_version = version.major_version,
            .minor_version = version.minor_version,
            .model = std::move(version.model),
            .helicone_template = std::move(version.helicone_template),
            .metadata = std::move(version.metadata),
            .experiment_id = std::move(version.experiment_id),
            .created_at = std::move(version.created_at),
            .soft_delete = is_deleted};
}

result<std::vector<experiment_v2_prompt_version>> versions_in(storage::connection& db, storage::organization_id whose,
                                                              storage::uuid const& id)
{
    if (auto const there = storage::find_experiment_v2(db, whose, id); !there)
        return or_missing(there.error(), no_experiment);
    auto const organization = storage::public_id_of_organization(db, whose);
    if (!organization) return organization.error();
    auto found = storage::list_experiment_versions(db, whose, id, most_experiment_versions, most_prompt_bytes);
    if (!found && found.error() == storage::errc::too_large)
        return conflict("the templates are larger than 64 MiB together, which is all that one answer has");
    if (!found) return found.error();
    std::vector<experiment_v2_prompt_version> all;
    for (auto& one : *found) all.push_back(column_of(std::move(one), *organization));
    return all;
}

asio::awaitable<result<std::vector<experiment_v2_prompt_version>>> versions(experiment_named asked, services& with)
{
    auto const id = storage::uuid::parse(asked.experimentId);
    if (!id) co_return not_found(no_experiment);
    auto const query = [whose = with.organization, id = *id](storage::connection& db) {
        return versions_in(db, whose, id);
    };
    auto found = co_await with.store.read(query);
    co_return found;
}

asio::awaitable<result<std::vector<std::string>>> input_keys(experiment_named asked, services& with)
{
    auto const id = storage::uuid::parse(asked.experimentId);
    if (!id) co_return not_found(no_experiment);
    auto const query = [whose = with.organization, id = *id](storage::connection& db) {
        return storage::find_experiment_v2(db, whose, id);
    };
    auto found = co_await with.store.read(query);
    if (!found) co_return or_missing(found.error(), no_experiment);
    co_return std::move(found->input_keys);
}

constexpr endpoint experiment_version_entries[] = {
    changes(post<add_version>("/v2/experiment/{experimentId}/prompt-version", "CreateNewPromptVersionForExperiment",
                              "Adds a column: a version derived from another")),
    delete_<remove_version>("/v2/experiment/{experimentId}/prompt-version/{promptVersionId}",
                            "RemovePromptVersionFromExperiment", "Takes a column away; the version stays"),
    get<versions>("/v2/experiment/{experimentId}/prompt-versions", "GetPromptVersionsForExperiment",
                  "The columns of an experiment"),
    get<input_keys>("/v2/experiment/{experimentId}/input-keys", "GetInputKeysForExperiment",
                    "The keys of an experiment's inputs"),
};
static_assert(each_is_unique(experiment_version_entries));

} // namespace

constinit group const experiment_version_endpoints{"Experiment", experiment_version_entries};

} // namespace weir::api
