#include "api/dashboard_types.hpp"
#include "api/endpoints.hpp"
#include "api/filters.hpp"
#include "net/time_text.hpp"
#include "storage/score_statistics.hpp"
#include "storage/traffic_query.hpp"

#include <string>
#include <vector>

namespace asio = boost::asio;

namespace weir::api
{

struct data_over_time_request {
    time_filter timeFilter;
    record_filter userFilter;
    time_increment dbIncrement{};
    double timeZoneDifference = 0;
};
BOOST_DESCRIBE_STRUCT(data_over_time_request, (), (timeFilter, userFilter, dbIncrement, timeZoneDifference))

struct scores_over_time_request {
    data_over_time_request body;
};
BOOST_DESCRIBE_STRUCT(scores_over_time_request, (), (body))

struct score_over_time {
    std::string created_at_trunc, score_key;
    double score_sum = 0; ///< the mean, in spite of its name
};
BOOST_DESCRIBE_STRUCT(score_over_time, (), (created_at_trunc, score_key, score_sum))

enum class traffic_group { model, provider, status };
BOOST_DESCRIBE_ENUM(traffic_group, model, provider, status)

struct requests_over_time_params : data_over_time_request {
    std::optional<traffic_group> groupBy;
};
BOOST_DESCRIBE_STRUCT(requests_over_time_params, (data_over_time_request), (groupBy))

struct requests_over_time_request {
    requests_over_time_params body;
};
BOOST_DESCRIBE_STRUCT(requests_over_time_request, (), (body))

struct requests_over_time {
    std::string created_at_trunc;
    std::string group; ///< the model, provider or status that was asked for, else ""
    double requests = 0, errors = 0;
    double prompt_tokens = 0, completion_tokens = 0, total_tokens = 0, prompt_cache_read_tokens = 0,
           prompt_cache_write_tokens = 0;
    double cost = 0;                                               ///< US dollars
    nullable<double> average_latency, average_time_to_first_token; ///< ms
};
BOOST_DESCRIBE_STRUCT(requests_over_time, (),
                      (created_at_trunc, group, requests, errors, prompt_tokens, completion_tokens, total_tokens,
                       prompt_cache_read_tokens, prompt_cache_write_tokens, cost, average_latency,
                       average_time_to_first_token))

namespace
{

struct question {
    storage::time_range when;
    storage::filter what;
    bucket_plan buckets;
};

result<question> read(data_over_time_request const& from)
{
    auto const when = read_range(from.timeFilter, range_ends::both);
    if (!when) return when.error();
    auto const buckets = plan_buckets(*when, from.dbIncrement, from.timeZoneDifference);
    if (!buckets) return buckets.error();
    auto what = read_filter(from.userFilter, "userFilter");
    if (!what) return what.error();
    return question{*when, std::move(*what), *buckets};
}

asio::awaitable<result<std::vector<score_over_time>>> query_scores(scores_over_time_request asked, services& with)
{
    auto read_as = read(asked.body);
    if (!read_as) co_return read_as.error();
    auto const query = [whose = with.organization, asks = std::move(*read_as)](storage::connection& db) {
        return storage::scores_over_time(db, whose, asks.when, asks.what, asks.buckets.by);
    };
    auto buckets = read_as->buckets;
    auto const found = co_await with.store.read(query);
    if (!found) co_return found.error();
    std::vector<score_over_time> shown;
    for (auto const start : buckets.starts()) {
        auto const sums = found->find(start);
        if (sums == found->end()) {
            shown.push_back({net::time_text(start), "", 0});
            continue;
        }
        for (auto const& [key, sum] : sums->second) shown.push_back({net::time_text(start), key, sum.mean()});
    }
    co_return shown;
}

nullable<double> mean_ms(std::int64_t sum_us, std::int64_t count)
{
    if (count == 0) return {};
    return static_cast<double>(sum_us) / 1000 / static_cast<double>(count);
}

requests_over_time shown_requests(std::int64_t start, std::string const& group, storage::traffic_sums const& sums)
{
    auto const number = [](std::int64_t value) { return static_cast<double>(value); };
    return {net::time_text(start),
            group,
            number(sums.calls),
            number(sums.errors),
            number(sums.prompt_tokens),
            number(sums.completion_tokens),
            number(sums.total_tokens),
            number(sums.cache_read_tokens),
            number(sums.cache_write_tokens),
            number(sums.cost_nanos) / 1e9,
            mean_ms(sums.latency_us, sums.calls),
            mean_ms(sums.first_token_us, sums.first_tokens)};
}

storage::traffic_group group_of(std::optional<traffic_group> by)
{
    if (!by) return storage::traffic_group::none;
    switch (*by) {
    case traffic_group::model: return storage::traffic_group::model;
    case traffic_group::provider: return storage::traffic_group::provider;
    case traffic_group::status: return storage::traffic_group::status;
    }
    return storage::traffic_group::none;
}

asio::awaitable<result<std::vector<requests_over_time>>> query_requests_over_time(requests_over_time_request asked,
                                                                                  services& with)
{
    auto read_as = read(asked.body);
    if (!read_as) co_return read_as.error();
    storage::traffic_query asks;
    asks.when = read_as->when;
    asks.what = std::move(read_as->what);
    asks.by = group_of(asked.body.groupBy);
    auto buckets = read_as->buckets;
    auto const query = [whose = with.organization, asks, by = buckets.by](storage::connection& db) {
        return storage::query_traffic(db, whose, asks, by);
    };
    auto const found = co_await with.store.read(query);
    if (!found) co_return found.error();
    std::vector<requests_over_time> rows;
    auto next = found->begin();
    for (auto const start : buckets.starts()) {
        if (next == found->end() || next->first.first != start) rows.push_back(shown_requests(start, "", {}));
        for (; next != found->end() && next->first.first == start; ++next)
            rows.push_back(shown_requests(start, next->first.second, next->second));
    }
    co_return rows;
}

constexpr endpoint dashboard_entries[] = {
    post<query_scores>("/v1/dashboard/scores/query", "GetScoresOverTime", "The mean of each score over time"),
    post<query_requests_over_time>("/v1/dashboard/requests/query", "GetRequestsOverTime",
                                   "What requests come to over time: their number, tokens, cost and latency"),
};
static_assert(each_is_unique(dashboard_entries));

} // namespace

constinit group const dashboard_endpoints{"Dashboard", dashboard_entries};

} // namespace weir::api
