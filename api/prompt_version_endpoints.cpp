#include "api/dataset_types.hpp"
#include "api/endpoints.hpp"
#include "api/prompt_templates.hpp"
#include "api/prompt_types.hpp"
#include "api/subversions.hpp"
#include "api/text_limits.hpp"
#include "net/text.hpp"
#include "storage/connection.hpp"
#include "storage/experiments_v2.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace weir::api
{

struct prompt_version_request {
    std::string promptVersionId;
};
BOOST_DESCRIBE_STRUCT(prompt_version_request, (), (promptVersionId))

struct edit_label_params {
    std::string label;
};
BOOST_DESCRIBE_STRUCT(edit_label_params, (), (label))

struct edit_label_request {
    std::string promptVersionId;
    edit_label_params body;
};
BOOST_DESCRIBE_STRUCT(edit_label_request, (), (promptVersionId, body))

struct edit_label_answer {
    free_object metadata;
};
BOOST_DESCRIBE_STRUCT(edit_label_answer, (), (metadata))

struct edit_template_params {
    boost::json::value heliconeTemplate;
    std::optional<std::string> experimentId;
};
BOOST_DESCRIBE_STRUCT(edit_template_params, (), (heliconeTemplate, experimentId))

struct edit_template_request {
    std::string promptVersionId;
    edit_template_params body;
};
BOOST_DESCRIBE_STRUCT(edit_template_request, (), (promptVersionId, body))

struct subversion_request {
    std::string promptVersionId;
    subversion_params body;
};
BOOST_DESCRIBE_STRUCT(subversion_request, (), (promptVersionId, body))

struct promote_params {
    std::string previousProductionVersionId;
};
BOOST_DESCRIBE_STRUCT(promote_params, (), (previousProductionVersionId))

struct promote_request {
    std::string promptVersionId;
    promote_params body;
};
BOOST_DESCRIBE_STRUCT(promote_request, (), (promptVersionId, body))

namespace
{

constexpr std::size_t longest_label = 100; // characters

failure unknown_version() { return not_found("Prompt version not found"); }

failure told_of_version(boost::system::error_code why)
{
    return why == storage::errc::not_found ? unknown_version() : failure(why);
}

bool is_assigned(free_object const& metadata)
{
    for (auto const& [key, value] : metadata)
        if (key == "experimentAssigned") return value.is_bool() && value.get_bool();
    return false;
}

asio::awaitable<result<prompt_version_result>> version_by_id(prompt_version_request asked, services& with)
{
    auto const id = storage::uuid::parse(asked.promptVersionId);
    if (!id) co_return unknown_version();
    auto const query = [whose = with.organization, id = *id](storage::connection& db) {
        return storage::find_version(db, whose, id);
    };
    auto found = co_await with.store.read(query);
    if (!found) co_return told_of_version(found.error());
    auto version = shown(std::move(*found));
    if (is_assigned(version.metadata)) co_return unknown_version();
    co_return version;
}

asio::awaitable<result<null>> delete_version(prompt_version_request asked, services& with)
{
    constexpr auto unknown = "Failed to get prompt version: null";
    auto const id = storage::uuid::parse(asked.promptVersionId);
    if (!id) co_return not_found(unknown);
    auto const query = [whose = with.organization, id = *id, now = with.now_us()](storage::connection& db) {
        return storage::delete_version(db, whose, id, now);
    };
    auto const done = co_await with.store.write(query);
    if (!done && done.error() == storage::errc::not_found) co_return not_found(unknown);
    if (!done && done.error() == storage::errc::conflict) co_return conflict("Cannot delete production version");
    if (!done) co_return done.error();
    co_return null{};
}

asio::awaitable<result<edit_label_answer>> edit_label(edit_label_request asked, services& with)
{
    auto const& label = asked.body.label;
    if (label.empty()) co_return invalid("Label cannot be empty");
    if (net::character_count(label) > longest_label) co_return invalid("Label too long");
    if (auto const why = problem_with_text("label", label, 4 * longest_label)) co_return *why;
    auto const id = storage::uuid::parse(asked.promptVersionId);
    if (!id) co_return unknown_version();
    auto const query = [whose = with.organization, id = *id, label](storage::connection& db) {
        return storage::edit_label(db, whose, id, label);
    };
    auto const metadata = co_await with.store.write(query);
    if (!metadata) co_return told_of_version(metadata.error());
    edit_label_answer const answer{stored_object(*metadata)};
    co_return answer;
}

/// Replaces a template; what is new among its inputs, the version and its experiment learn, if one is named.
result<void> edit_in(storage::connection& db, storage::organization_id whose, storage::uuid const& id,
                     storage::prompt_template const& what, std::optional<storage::uuid> const& experiment,
                     std::int64_t now_us)
{
    if (auto const done = storage::edit_template(db, whose, id, what, now_us); !done)
        return told_of_version(done.error());
    if (!experiment) return {};
    if (auto const known = storage::add_experiment_keys(db, whose, *experiment, what.input_keys); !known)
        return or_missing(known.error(), "Failed to update experiment input keys");
    if (auto const kept = storage::add_input_keys(db, id, what.input_keys, now_us); !kept) return kept.error();
    return {};
}

asio::awaitable<result<null>> edit_template(edit_template_request asked, services& with)
{
    auto const id = storage::uuid::parse(asked.promptVersionId);
    if (!id) co_return unknown_version();
    auto what = storage::template_of(asked.body.heliconeTemplate);
    std::optional<storage::uuid> experiment;
    if (asked.body.experimentId) {
        auto const named = read_id("experimentId", *asked.body.experimentId);
        if (!named) co_return named.error();
        experiment = *named;
        auto keys = read_plain_input_keys(asked.body.heliconeTemplate, "heliconeTemplate");
        if (!keys) co_return keys.error();
        what.input_keys = std::move(*keys);
    }
    auto const query = [whose = with.organization, id = *id, what = std::move(what), experiment, now = with.now_us()](
                           storage::connection& db) { return edit_in(db, whose, id, what, experiment, now); };
    auto const done = co_await with.store.write(query);
    if (!done) co_return done.error();
    co_return null{};
}

/// An experiment's column has to have the keys of its inputs; other versions have none.
asio::awaitable<result<prompt_version_result>> subversion(subversion_request asked, services& with)
{
    auto const parent = storage::uuid::parse(asked.promptVersionId);
    if (!parent) co_return unknown_version();
    std::vector<std::string> keys;
    if (asked.body.experimentId) {
        auto read = read_plain_input_keys(asked.body.newHeliconeTemplate, "newHeliconeTemplate");
        if (!read) co_return read.error();
        keys = std::move(*read);
    }
    auto made = co_await derive_version(*parent, std::move(asked.body), std::move(keys), with);
    co_return made;
}

asio::awaitable<result<prompt_version_result>> subversion_with_keys(subversion_request asked, services& with)
{
    auto const parent = storage::uuid::parse(asked.promptVersionId);
    if (!parent) co_return unknown_version();
    auto keys = read_input_keys(asked.body.newHeliconeTemplate, "newHeliconeTemplate");
    if (!keys) co_return keys.error();
    auto made = co_await derive_version(*parent, std::move(asked.body), std::move(*keys), with);
    co_return made;
}

asio::awaitable<result<prompt_version_result>> promote(promote_request asked, services& with)
{
    constexpr auto unknown = "Failed to promote prompt version: null";
    auto const previous = read_id("previousProductionVersionId", asked.body.previousProductionVersionId);
    if (!previous) co_return previous.error();
    auto const id = storage::uuid::parse(asked.promptVersionId);
    if (!id) co_return not_found(unknown);
    auto const query = [whose = with.organization, id = *id, previous = *previous](storage::connection& db) {
        return storage::promote_version(db, whose, id, previous);
    };
    auto made = co_await with.store.write(query);
    if (!made && made.error() == storage::errc::not_found) co_return not_found(unknown);
    if (!made) co_return made.error();
    co_return shown(std::move(*made));
}

constexpr endpoint prompt_version_entries[] = {
    get<version_by_id>("/v1/prompt/version/{promptVersionId}", "GetPromptVersion", "One version of a prompt"),
    delete_<delete_version>("/v1/prompt/version/{promptVersionId}", "DeletePromptVersion",
                            "Deletes a version that is not in production"),
    changes(post<edit_label>("/v1/prompt/version/{promptVersionId}/edit-label", "EditPromptVersionLabel",
                             "Labels a version")),
    changes(post<edit_template>("/v1/prompt/version/{promptVersionId}/edit-template", "EditPromptVersionTemplate",
                                "Replaces the template of a version")),
    changes(post<subversion>("/v1/prompt/version/{promptVersionId}/subversion", "CreateSubversion",
                             "Derives a version from another")),
    changes(post<subversion_with_keys>("/v1/prompt/version/{promptVersionId}/subversion-from-ui",
                                       "CreateSubversionFromUi", "The same, and remembers the keys of its inputs")),
    changes(post<promote>("/v1/prompt/version/{promptVersionId}/promote", "PromotePromptVersionToProduction",
                          "Puts a version into production in place of another")),
};
static_assert(each_is_unique(prompt_version_entries));

} // namespace

constinit group const prompt_version_endpoints{"Prompt", prompt_version_entries};

} // namespace weir::api
