#include "api/dashboard_types.hpp"
#include "api/endpoints.hpp"
#include "api/filters.hpp"
#include "net/time_text.hpp"
#include "storage/judgements.hpp"
#include "storage/score_statistics.hpp"

#include <optional>
#include <string>
#include <vector>

namespace asio = boost::asio;

namespace weir::api
{

struct eval_query_params {
    record_filter filter;
    time_filter timeFilter;
    std::optional<std::int64_t> offset, limit; ///< ignored, as the reference does
    std::optional<double> timeZoneDifference;
};
BOOST_DESCRIBE_STRUCT(eval_query_params, (), (filter, timeFilter, offset, limit, timeZoneDifference))

struct eval_query_request {
    eval_query_params body;
};
BOOST_DESCRIBE_STRUCT(eval_query_request, (), (body))

struct count_at {
    std::string date;
    double count = 0;
};
BOOST_DESCRIBE_STRUCT(count_at, (), (date, count))

struct value_at {
    std::string date;
    double value = 0;
};
BOOST_DESCRIBE_STRUCT(value_at, (), (date, value))

struct eval {
    std::string name;
    double averageScore = 0, minScore = 0, maxScore = 0, count = 0;
    std::vector<count_at> overTime;
    std::vector<value_at> averageOverTime;
};
BOOST_DESCRIBE_STRUCT(eval, (), (name, averageScore, minScore, maxScore, count, overTime, averageOverTime))

struct distribution_bin {
    double lower = 0, upper = 0, value = 0;
};
BOOST_DESCRIBE_STRUCT(distribution_bin, (), (lower, upper, value))

struct score_distribution {
    std::string name;
    std::vector<distribution_bin> distribution;
};
BOOST_DESCRIBE_STRUCT(score_distribution, (), (name, distribution))

namespace
{

/// Names times hours of one answer: some 100 MB.
constexpr std::size_t most_points = 500'000;

/// One name of a score, from what its buckets have.
eval eval_of(std::string const& name, std::vector<std::int64_t> const& starts, storage::sums_over_time const& found)
{
    eval made;
    made.name = name;
    storage::score_sums all;
    for (auto const start : starts) {
        storage::score_sums here;
        if (auto const bucket = found.find(start); bucket != found.end())
            if (auto const sums = bucket->second.find(name); sums != bucket->second.end()) here = sums->second;
        all.add(here);
        auto const date = net::time_text(start);
        made.overTime.push_back({date, static_cast<double>(here.count)});
        made.averageOverTime.push_back({date, here.mean()});
    }
    made.count = static_cast<double>(all.count);
    made.averageScore = all.mean();
    if (all.count > 0) made.minScore = all.least, made.maxScore = all.greatest;
    return made;
}

asio::awaitable<result<std::vector<eval>>> query_evals(eval_query_request asked, services& with)
{
    auto const when = read_range(asked.body.timeFilter, range_ends::both);
    if (!when) co_return when.error();
    auto const buckets = plan_buckets(*when, time_increment::hour, asked.body.timeZoneDifference.value_or(0));
    if (!buckets) co_return buckets.error();
    auto what = read_filter(asked.body.filter, "filter");
    if (!what) co_return what.error();
    auto const query = [whose = with.organization, when = *when, what = std::move(*what),
                        buckets = *buckets](storage::connection& db) -> result<std::vector<eval>> {
        auto const names = storage::score_keys(db, whose);
        if (!names) return names.error();
        auto const starts = buckets.starts();
        if (names->size() * starts.size() > most_points)
            return invalid("Invalid time filter: " + std::to_string(names->size()) +
                           " scores by the hour are too many for " + std::to_string(starts.size()) +
                           " hours; ask for less time");
        auto const found = storage::scores_over_time(db, whose, when, what, buckets.by);
        if (!found) return found.error();
        std::vector<eval> evals;
        for (auto const& name : *names) evals.push_back(eval_of(name, starts, *found));
        return evals;
    };
    auto found = co_await with.store.read(query);
    if (!found) co_return found.error();
    co_return std::move(*found);
}

asio::awaitable<result<std::vector<std::string>>> score_names(nothing, services& with)
{
    auto const query = [whose = with.organization](storage::connection& db) { return storage::score_keys(db, whose); };
    auto const names = co_await with.store.read(query);
    if (!names) co_return names.error();
    co_return *names;
}

asio::awaitable<result<std::vector<score_distribution>>> query_distributions(eval_query_request asked, services& with)
{
    auto const when = read_range(asked.body.timeFilter, range_ends::start_only);
    if (!when) co_return when.error();
    auto what = read_filter(asked.body.filter, "filter");
    if (!what) co_return what.error();
    auto const query = [whose = with.organization, when = *when, what = std::move(*what)](storage::connection& db) {
        return storage::score_distributions(db, whose, when, what);
    };
    auto const found = co_await with.store.read(query);
    if (!found) co_return found.error();
    std::vector<score_distribution> shown;
    for (auto const& [name, bins] : *found) {
        auto& one = shown.emplace_back();
        one.name = name;
        for (auto const& bin : bins) one.distribution.push_back({bin.lower, bin.upper, bin.count});
    }
    co_return shown;
}

constexpr endpoint eval_entries[] = {
    post<query_evals>("/v1/evals/query", "QueryEvals", "Each score of a range of time, by the hour"),
    get<score_names>("/v1/evals/scores", "GetEvalScores", "The names of all scores ever used"),
    post<query_distributions>("/v1/evals/score-distributions/query", "QueryScoreDistributions",
                              "How the values of each score are spread"),
};
static_assert(each_is_unique(eval_entries));

} // namespace

constinit group const eval_endpoints{"Evals", eval_entries};

} // namespace weir::api
