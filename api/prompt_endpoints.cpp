#include "api/endpoints.hpp"
#include "api/filters.hpp"
#include "api/prompt_templates.hpp"
#include "api/prompt_types.hpp"
#include "net/time_text.hpp"
#include "storage/connection.hpp"
#include "storage/prompts.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace weir::api
{

struct prompts_query_params {
    prompt_filter filter;
};
BOOST_DESCRIBE_STRUCT(prompts_query_params, (), (filter))

struct query_prompts_request {
    prompts_query_params body;
};
BOOST_DESCRIBE_STRUCT(query_prompts_request, (), (body))

struct text_range {
    std::string start, end;
};
BOOST_DESCRIBE_STRUCT(text_range, (), (start, end))

struct prompt_query_params {
    text_range timeFilter; ///< of no effect
};
BOOST_DESCRIBE_STRUCT(prompt_query_params, (), (timeFilter))

struct query_prompt_request {
    std::string promptId;
    prompt_query_params body;
};
BOOST_DESCRIBE_STRUCT(query_prompt_request, (), (promptId, body))

struct prompt_request {
    std::string promptId;
};
BOOST_DESCRIBE_STRUCT(prompt_request, (), (promptId))

struct create_prompt_params {
    std::string userDefinedId;
    boost::json::value prompt;
    free_object metadata;
};
BOOST_DESCRIBE_STRUCT(create_prompt_params, (), (userDefinedId, prompt, metadata))

struct create_prompt_request {
    create_prompt_params body;
};
BOOST_DESCRIBE_STRUCT(create_prompt_request, (), (body))

struct create_prompt_response {
    std::string id, prompt_version_id;
};
BOOST_DESCRIBE_STRUCT(create_prompt_response, (), (id, prompt_version_id))

struct rename_prompt_params {
    std::string userDefinedId;
};
BOOST_DESCRIBE_STRUCT(rename_prompt_params, (), (userDefinedId))

struct rename_prompt_request {
    std::string promptId;
    rename_prompt_params body;
};
BOOST_DESCRIBE_STRUCT(rename_prompt_request, (), (promptId, body))

struct has_prompts_answer {
    bool hasPrompts = false;
};
BOOST_DESCRIBE_STRUCT(has_prompts_answer, (), (hasPrompts))

struct prompt_experiment_row {
    std::string id, created_at;
    std::int64_t num_hypotheses = 0;
    nullable<std::string> dataset;
    free_object meta;
};
BOOST_DESCRIBE_STRUCT(prompt_experiment_row, (), (id, created_at, num_hypotheses, dataset, meta))

namespace
{

constexpr std::int64_t most_prompts = 10'000, most_version_ids = 100, most_prompt_experiments = 1000;

failure told_of_prompt(boost::system::error_code why)
{
    return why == storage::errc::not_found ? not_found("Prompt not found") : failure(why);
}

failure name_taken(std::string const& name) { return conflict("Prompt with name " + name + " already exists"); }

asio::awaitable<result<std::vector<prompts_result>>> query_prompts(query_prompts_request asked, services& with)
{
    auto what = read_filter(asked.body.filter, "filter");
    if (!what) co_return what.error();
    auto const query = [whose = with.organization, what = std::move(*what)](storage::connection& db) {
        return storage::query_prompts(db, whose, what, most_prompts);
    };
    auto found = co_await with.store.read(query);
    if (!found) co_return found.error();
    std::vector<prompts_result> all;
    for (auto& one : *found) all.push_back(shown(std::move(one)));
    co_return all;
}

asio::awaitable<result<has_prompts_answer>> has_prompts(nothing, services& with)
{
    auto const query = [whose = with.organization](storage::connection& db) {
        return storage::query_prompts(db, whose, storage::filter{}, 1);
    };
    auto const found = co_await with.store.read(query);
    if (!found) co_return found.error();
    has_prompts_answer const answer{!found->empty()};
    co_return answer;
}

asio::awaitable<result<prompt_result>> query_prompt(query_prompt_request asked, services& with)
{
    auto const id = storage::uuid::parse(asked.promptId);
    if (!id) co_return not_found("Prompt not found");
    auto const query = [whose = with.organization, id = *id](storage::connection& db) {
        return storage::find_prompt(db, whose, id, most_version_ids);
    };
    auto found = co_await with.store.read(query);
    if (!found) co_return told_of_prompt(found.error());
    co_return shown(std::move(*found));
}

asio::awaitable<result<create_prompt_response>> create_prompt(create_prompt_request asked, services& with)
{
    auto& body = asked.body;
    if (auto const why = problem_with_prompt_id("userDefinedId", body.userDefinedId)) co_return *why;
    auto keys = read_input_keys(body.prompt, "prompt");
    if (!keys) co_return keys.error();
    storage::new_prompt wish;
    wish.user_defined_id = body.userDefinedId;
    wish.metadata = text_of(body.metadata);
    wish.what = storage::template_of(body.prompt);
    wish.what.input_keys = std::move(*keys);
    auto const query = [whose = with.organization, wish = std::move(wish), now = with.now_us()](
                           storage::connection& db) { return storage::create_prompt(db, whose, wish, now); };
    auto const made = co_await with.store.write(query);
    if (!made && made.error() == storage::errc::conflict) co_return name_taken(body.userDefinedId);
    if (!made) co_return made.error();
    create_prompt_response const answer{made->id.text(), made->version.text()};
    co_return answer;
}

asio::awaitable<result<null>> rename_prompt(rename_prompt_request asked, services& with)
{
    auto const& name = asked.body.userDefinedId;
    if (auto const why = problem_with_prompt_id("userDefinedId", name)) co_return *why;
    auto const id = storage::uuid::parse(asked.promptId);
    if (!id) co_return not_found("Prompt not found");
    auto const query = [whose = with.organization, id = *id, name](storage::connection& db) {
        return storage::rename_prompt(db, whose, id, name);
    };
    auto const done = co_await with.store.write(query);
    if (!done && done.error() == storage::errc::conflict) co_return name_taken(name);
    if (!done) co_return told_of_prompt(done.error());
    co_return null{};
}

/// What is not there is deleted already.
asio::awaitable<result<no_content>> delete_prompt(prompt_request asked, services& with)
{
    auto const id = storage::uuid::parse(asked.promptId);
    if (!id) co_return no_content{};
    auto const query = [whose = with.organization, id = *id, now = with.now_us()](storage::connection& db) {
        return storage::delete_prompt(db, whose, id, now);
    };
    auto const done = co_await with.store.write(query);
    if (!done && done.error() != storage::errc::not_found) co_return done.error();
    co_return no_content{};
}

asio::awaitable<result<std::vector<prompt_experiment_row>>> experiments_of_prompt(prompt_request asked, services& with)
{
    auto const id = storage::uuid::parse(asked.promptId);
    if (!id) co_return not_found("Prompt not found");
    auto const query = [whose = with.organization, id = *id](storage::connection& db) {
        return storage::list_prompt_experiments(db, whose, id, most_prompt_experiments);
    };
    auto const found = co_await with.store.read(query);
    if (!found) co_return told_of_prompt(found.error());
    std::vector<prompt_experiment_row> all;
    for (auto const& one : *found) {
        auto& row = all.emplace_back();
        row.id = one.id.text();
        row.created_at = net::time_text(one.created_us);
        row.num_hypotheses = one.hypotheses;
        if (one.dataset) row.dataset = one.dataset->text();
        row.meta = stored_object(one.metadata);
    }
    co_return all;
}

constexpr endpoint prompt_entries[] = {
    post<query_prompts>("/v1/prompt/query", "GetPrompts", "Prompts that pass a filter, newest first"),
    get<has_prompts>("/v1/prompt/has-prompts", "HasPrompts", "Whether there is a prompt"),
    post<query_prompt>("/v1/prompt/{promptId}/query", "GetPrompt", "One prompt with its versions"),
    changes(post<create_prompt>("/v1/prompt/create", "CreatePrompt", "Makes a prompt and its version 1.0")),
    patch<rename_prompt>("/v1/prompt/{promptId}/user-defined-id", "UpdatePromptUserDefinedId", "Renames a prompt"),
    delete_<delete_prompt>("/v1/prompt/{promptId}", "DeletePrompt", "Deletes a prompt; its name is free again"),
    get<experiments_of_prompt>("/v1/prompt/{promptId}/experiments", "GetPromptExperiments",
                               "The experiments that name a prompt, newest first"),
};
static_assert(each_is_unique(prompt_entries));

} // namespace

constinit group const prompt_endpoints{"Prompt", prompt_entries};

} // namespace weir::api
