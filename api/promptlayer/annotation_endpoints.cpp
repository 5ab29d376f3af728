#include "api/endpoints.hpp"
#include "api/promptlayer/tracking.hpp"
#include "storage/connection.hpp"
#include "storage/judgements.hpp"
#include "storage/numbers.hpp"
#include "storage/properties.hpp"
#include "storage/request_groups.hpp"

#include <cmath>
#include <utility>

namespace asio = boost::asio;
namespace json = boost::json;

namespace weir::api::promptlayer
{

struct track_score_body {
    std::int64_t request_id = 0;
    double score = 0;
    std::optional<std::string> name;
};
BOOST_DESCRIBE_STRUCT(track_score_body, (), (request_id, score, name))

struct track_score_request {
    track_score_body body;
};
BOOST_DESCRIBE_STRUCT(track_score_request, (), (body))

struct track_metadata_body {
    std::int64_t request_id = 0;
    std::vector<std::pair<std::string, json::value>> metadata;
};
BOOST_DESCRIBE_STRUCT(track_metadata_body, (), (request_id, metadata))

struct track_metadata_request {
    track_metadata_body body;
};
BOOST_DESCRIBE_STRUCT(track_metadata_request, (), (body))

struct track_prompt_body {
    std::int64_t request_id = 0;
    std::string prompt_name;
    std::optional<json::value> prompt_input_variables;
    std::optional<std::int64_t> version;
    std::optional<std::string> label;
};
BOOST_DESCRIBE_STRUCT(track_prompt_body, (), (request_id, prompt_name, prompt_input_variables, version, label))

struct track_prompt_request {
    track_prompt_body body;
};
BOOST_DESCRIBE_STRUCT(track_prompt_request, (), (body))

struct track_group_body {
    std::int64_t request_id = 0, group_id = 0;
};
BOOST_DESCRIBE_STRUCT(track_group_body, (), (request_id, group_id))

struct track_group_request {
    track_group_body body;
};
BOOST_DESCRIBE_STRUCT(track_group_request, (), (body))

namespace
{

constexpr std::size_t longest_score_name = 512;

bare<done_answer> done(std::string_view message) { return {{true, std::string(message)}}; }

/// Changes what is said of a call, in one transaction: `change` is called with the connection and the call's own id.
/// What is not found there is answered with `otherwise`; clients know no 404 at these paths.
template <class Change>
asio::awaitable<result<bare<done_answer>>> annotate(std::int64_t number, Change change, std::string otherwise,
                                                    std::string message, services& with)
{
    auto const find = [whose = with.organization, number](storage::connection& db) {
        return storage::numbered_thing(db, whose, storage::numbered::request, number);
    };
    auto const id = co_await with.store.read(find);
    if (!id && id.error() == storage::errc::not_found) co_return invalid("request_id: there is no such request");
    if (!id) co_return id.error();
    auto const write = [change = std::move(change), id = *id](storage::connection& db) { return change(db, id); };
    auto const written = co_await with.store.write(write);
    if (!written && written.error() == storage::errc::not_found) co_return invalid(otherwise);
    if (!written) co_return written.error();
    co_return done(message);
}

constexpr std::string_view no_request = "request_id: there is no such request";

asio::awaitable<result<bare<done_answer>>> track_score(track_score_request asked, services& with)
{
    constexpr double most = 100;
    auto const given = asked.body.score;
    if (!(given >= 0 && given <= most) || given != std::trunc(given))
        co_return invalid("score: must be a whole number from 0 to 100");
    storage::score score;
    score.key = asked.body.name && !asked.body.name->empty() ? *asked.body.name : "default";
    score.value = static_cast<std::int64_t>(given);
    if (auto const bad = problem_with_value("name", score.key, longest_score_name)) co_return *bad;
    auto change = [whose = with.organization, score = std::move(score), now = with.now_us()](storage::connection& db,
                                                                                             storage::uuid const& id) {
        return storage::add_scores(db, whose, id, {&score, 1}, now);
    };
    co_return co_await annotate(asked.body.request_id, std::move(change), std::string(no_request),
                                "Score tracked successfully", with);
}

/// Values are texts; clients see to that, too.
result<metadata_map> metadata_of(std::vector<std::pair<std::string, json::value>> const& given)
{
    metadata_map metadata;
    for (auto const& [key, value] : given) {
        if (!value.is_string()) return invalid(path_of("metadata", key) + ": expected a string");
        metadata[key] = std::string(value.get_string());
    }
    if (auto bad = problem_with_metadata(metadata)) return *bad;
    return metadata;
}

asio::awaitable<result<bare<done_answer>>> track_metadata(track_metadata_request asked, services& with)
{
    auto metadata = metadata_of(asked.body.metadata);
    if (!metadata) co_return metadata.error();
    auto change = [whose = with.organization, metadata = std::move(*metadata)](
                      storage::connection& db, storage::uuid const& id) -> storage::result<void> {
        for (auto const& [key, value] : metadata)
            if (auto const set = storage::set_property(db, whose, id, key, value); !set) return set;
        return {};
    };
    co_return co_await annotate(asked.body.request_id, std::move(change), std::string(no_request),
                                "Metadata tracked successfully", with);
}

asio::awaitable<result<bare<done_answer>>> track_prompt(track_prompt_request asked, services& with)
{
    if (auto const bad = problem_with_value("prompt_name", asked.body.prompt_name, longest_score_name)) co_return *bad;
    auto inputs = inputs_of(asked.body.prompt_input_variables);
    if (!inputs) co_return inputs.error();
    storage::version_reference what;
    what.prompt_name = asked.body.prompt_name;
    what.version = asked.body.version;
    what.label = asked.body.label;
    auto change = [whose = with.organization, what = std::move(what), inputs = std::move(*inputs),
                   now = with.now_us()](storage::connection& db, storage::uuid const& id) -> storage::result<void> {
        auto const version = storage::find_referred_version(db, whose, what);
        if (!version) return version.error();
        storage::tracked_request said;
        said.prompt_version = *version;
        said.inputs = inputs;
        return storage::put_tracked(db, whose, id, said, now);
    };
    co_return co_await annotate(asked.body.request_id, std::move(change),
                                "prompt_name: there is no such prompt, or version of it", "Prompt tracked successfully",
                                with);
}

asio::awaitable<result<bare<done_answer>>> track_group(track_group_request asked, services& with)
{
    auto change = [whose = with.organization, group = asked.body.group_id](storage::connection& db,
                                                                           storage::uuid const& id) {
        return storage::add_to_request_group(db, whose, group, id);
    };
    co_return co_await annotate(asked.body.request_id, std::move(change), "group_id: there is no such group",
                                "Group tracked successfully", with);
}

constexpr endpoint annotation_entries[] = {
    logs(post<track_group>("/rest/track-group", "TrackGroupRest", "Puts a call into a group")),
    logs(post<track_group>("/track-group", "TrackGroup", "The same, where the SDKs ask it")),
    logs(post<track_score>("/rest/track-score", "TrackScoreRest", "Gives a call a score")),
    logs(post<track_score>("/library-track-score", "TrackScore", "The same, where the SDKs ask it")),
    logs(post<track_metadata>("/rest/track-metadata", "TrackMetadataRest", "Sets properties of a call")),
    logs(post<track_metadata>("/library-track-metadata", "TrackMetadata", "The same, where the SDKs ask it")),
    logs(post<track_prompt>("/rest/track-prompt", "TrackPromptRest", "Says which prompt a call was made with")),
    logs(post<track_prompt>("/library-track-prompt", "TrackPrompt", "The same, where the SDKs ask it")),
};
static_assert(each_is_unique(annotation_entries));

} // namespace
} // namespace weir::api::promptlayer

namespace weir::api
{

constinit group const promptlayer_annotation_endpoints{"PromptLayer tracking", promptlayer::annotation_entries, false,
                                                       dialect::promptlayer};

} // namespace weir::api
