#include "api/endpoints.hpp"
#include "api/evaluator_types.hpp"
#include "net/time_text.hpp"
#include "storage/connection.hpp"
#include "storage/evaluator_statistics.hpp"

#include <boost/describe/enum.hpp>

#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace json = boost::json;

namespace weir::api
{

struct create_evaluator_params {
    std::string scoring_type;
    std::optional<json::value> llm_template;
    std::string name;
    std::optional<json::value> code_template, last_mile_config;
};
BOOST_DESCRIBE_STRUCT(create_evaluator_params, (), (scoring_type, llm_template, name, code_template, last_mile_config))

struct create_evaluator_request {
    create_evaluator_params body;
};
BOOST_DESCRIBE_STRUCT(create_evaluator_request, (), (body))

struct update_evaluator_params {
    std::optional<std::string> scoring_type;
    std::optional<json::value> llm_template, code_template;
    std::optional<std::string> name;
    std::optional<json::value> last_mile_config;
};
BOOST_DESCRIBE_STRUCT(update_evaluator_params, (), (scoring_type, llm_template, code_template, name, last_mile_config))

struct update_evaluator_request {
    std::string evaluatorId;
    update_evaluator_params body;
};
BOOST_DESCRIBE_STRUCT(update_evaluator_request, (), (evaluatorId, body))

struct query_evaluators_request {
    nothing body;
};
BOOST_DESCRIBE_STRUCT(query_evaluators_request, (), (body))

struct evaluator_experiment {
    std::string experiment_name, experiment_created_at, experiment_id;
};
BOOST_DESCRIBE_STRUCT(evaluator_experiment, (), (experiment_name, experiment_created_at, experiment_id))

enum class score_trend { up, down, stable };
BOOST_DESCRIBE_ENUM(score_trend, up, down, stable)

struct score_range {
    std::int64_t count = 0;
    std::string range;
};
BOOST_DESCRIBE_STRUCT(score_range, (), (count, range))

struct score_of_day {
    double value = 0;
    std::string date;
};
BOOST_DESCRIBE_STRUCT(score_of_day, (), (value, date))

struct evaluator_stats {
    double averageScore = 0;
    std::int64_t totalUses = 0;
    score_trend recentTrend = score_trend::stable;
    std::vector<score_range> scoreDistribution;
    std::vector<score_of_day> timeSeriesData;
};
BOOST_DESCRIBE_STRUCT(evaluator_stats, (), (averageScore, totalUses, recentTrend, scoreDistribution, timeSeriesData))

namespace
{

using storage::uuid;

asio::awaitable<result<evaluator_result>> create_evaluator(create_evaluator_request asked, services& with)
{
    evaluator_parts parts;
    parts.name = std::move(asked.body.name);
    parts.scoring_type = std::move(asked.body.scoring_type);
    parts.llm_template = std::move(asked.body.llm_template);
    parts.code_template = std::move(asked.body.code_template);
    parts.last_mile_config = std::move(asked.body.last_mile_config);
    auto read = read_parts(parts, with);
    if (!read) co_return read.error();
    storage::evaluator what;
    what.name = std::move(*read->name);
    what.score_name = std::move(*read->score_name);
    what.scoring_type = std::move(*read->scoring_type);
    what.llm_template = std::move(read->llm_template);
    what.code_template = std::move(read->code_template);
    what.last_mile_config = std::move(read->last_mile_config);
    auto const query = [whose = with.organization, what = std::move(what), now = with.now_us()](
                           storage::connection& db) { return storage::add_evaluator(db, whose, what, now); };
    auto const made = co_await with.store.write(query);
    if (!made && made.error() == storage::errc::conflict)
        co_return conflict("there are " + std::to_string(storage::most_evaluators) +
                           " evaluators already: delete one first");
    if (!made) co_return made.error();
    co_return shown(*made);
}

asio::awaitable<result<evaluator_result>> by_id(evaluator_request asked, services& with)
{
    auto const id = read_evaluator_id(asked.evaluatorId);
    if (!id) co_return id.error();
    auto const query = [whose = with.organization, id = *id](storage::connection& db) {
        return storage::find_evaluator(db, whose, id);
    };
    auto const found = co_await with.store.read(query);
    if (!found) co_return evaluator_failure(found.error());
    co_return shown(*found);
}

asio::awaitable<result<std::vector<evaluator_result>>> list_evaluators(query_evaluators_request, services& with)
{
    auto const query = [whose = with.organization](storage::connection& db) {
        return storage::list_evaluators(db, whose);
    };
    auto const found = co_await with.store.read(query);
    if (!found) co_return found.error();
    co_return shown(*found);
}

asio::awaitable<result<evaluator_result>> update(update_evaluator_request asked, services& with)
{
    auto const id = read_evaluator_id(asked.evaluatorId);
    if (!id) co_return id.error();
    auto& body = asked.body;
    if (!body.name && !body.scoring_type && !body.llm_template && !body.code_template && !body.last_mile_config)
        co_return invalid("No fields to update");
    evaluator_parts parts;
    parts.name = std::move(body.name);
    parts.scoring_type = std::move(body.scoring_type);
    parts.llm_template = std::move(body.llm_template);
    parts.code_template = std::move(body.code_template);
    parts.last_mile_config = std::move(body.last_mile_config);
    auto what = read_parts(parts, with);
    if (!what) co_return what.error();
    auto const query = [whose = with.organization, id = *id, what = std::move(*what),
                        now = with.now_us()](storage::connection& db) -> result<evaluator_result> {
        auto const changed = storage::change_evaluator(db, whose, id, what, now);
        if (!changed) return evaluator_failure(changed.error());
        return shown(*changed);
    };
    co_return co_await with.store.write(query);
}

/// What is not there is deleted already.
asio::awaitable<result<no_content>> remove_evaluator(evaluator_request asked, services& with)
{
    auto const id = storage::uuid::parse(asked.evaluatorId);
    if (!id) co_return no_content{};
    auto const query = [whose = with.organization, id = *id](storage::connection& db) {
        return storage::delete_evaluator(db, whose, id);
    };
    auto const done = co_await with.store.write(query);
    if (!done && done.error() != storage::errc::not_found) co_return done.error();
    co_return no_content{};
}

asio::awaitable<result<std::vector<evaluator_experiment>>> experiments_of_evaluator(evaluator_request asked,
                                                                                    services& with)
{
    auto const id = read_evaluator_id(asked.evaluatorId);
    if (!id) co_return id.error();
    using found_list = std::vector<storage::evaluated_experiment>;
    auto const query = [whose = with.organization, id = *id](storage::connection& db) -> storage::result<found_list> {
        if (auto const there = storage::find_evaluator(db, whose, id); !there) return there.error();
        return storage::evaluated_experiments(db, whose, id);
    };
    auto const found = co_await with.store.read(query);
    if (!found) co_return evaluator_failure(found.error());
    std::vector<evaluator_experiment> out;
    for (auto const& one : *found)
        out.push_back({.experiment_name = one.name,
                       .experiment_created_at = net::time_text(one.created_us),
                       .experiment_id = one.id.text()});
    co_return out;
}

score_trend trend_of(storage::evaluator_statistics const& of)
{
    if (of.last_week.count == 0 || of.week_before.count == 0 || of.last_week.mean() == of.week_before.mean())
        return score_trend::stable;
    return of.last_week.mean() > of.week_before.mean() ? score_trend::up : score_trend::down;
}

asio::awaitable<result<evaluator_stats>> statistics(evaluator_request asked, services& with)
{
    auto const id = read_evaluator_id(asked.evaluatorId);
    if (!id) co_return id.error();
    using found_statistics = storage::evaluator_statistics;
    auto const query = [whose = with.organization, id = *id,
                        now = with.now_us()](storage::connection& db) -> storage::result<found_statistics> {
        auto const there = storage::find_evaluator(db, whose, id);
        if (!there) return there.error();
        return storage::find_evaluator_statistics(db, whose, there->score_name, now);
    };
    auto const found = co_await with.store.read(query);
    if (!found) co_return evaluator_failure(found.error());
    evaluator_stats out;
    out.averageScore = found->all.mean();
    out.totalUses = found->all.count;
    out.recentTrend = trend_of(*found);
    for (auto const& [from, count] : found->spread)
        out.scoreDistribution.push_back(
            {.count = count, .range = std::to_string(from) + "-" + std::to_string(from + storage::score_range_width)});
    for (auto const& [day, sums] : found->last_month)
        out.timeSeriesData.push_back({.value = sums.mean(), .date = net::time_text(day).substr(0, 10)});
    co_return out;
}

constexpr endpoint evaluator_entries[] = {
    changes(post<create_evaluator>("/v1/evaluator", "CreateEvaluator", "Makes an evaluator")),
    get<by_id>("/v1/evaluator/{evaluatorId}", "GetEvaluator", "One evaluator"),
    post<list_evaluators>("/v1/evaluator/query", "QueryEvaluators", "The evaluators, newest first"),
    put<update>("/v1/evaluator/{evaluatorId}", "UpdateEvaluator", "Changes what is given of an evaluator"),
    delete_<remove_evaluator>("/v1/evaluator/{evaluatorId}", "DeleteEvaluator",
                              "Deletes an evaluator; its scores stay"),
    get<experiments_of_evaluator>("/v1/evaluator/{evaluatorId}/experiments", "GetExperimentsForEvaluator",
                                  "The experiments of the second kind that an evaluator scores, newest first"),
    get<statistics>("/v1/evaluator/{evaluatorId}/stats", "GetEvaluatorStats",
                    "What the scores of an evaluator come to"),
};
static_assert(each_is_unique(evaluator_entries));

} // namespace

constinit group const evaluator_endpoints{"Evaluator", evaluator_entries};

} // namespace weir::api
