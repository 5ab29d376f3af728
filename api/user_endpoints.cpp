#include "api/endpoints.hpp"
#include "api/filters.hpp"
#include "api/histogram_types.hpp"
#include "api/request_types.hpp"
#include "api/time_filters.hpp"
#include "net/time_text.hpp"
#include "net/unix_time.hpp"
#include "storage/users.hpp"

#include <cmath>
#include <optional>
#include <string>
#include <vector>

namespace asio = boost::asio;

namespace weir::api
{

struct time_filter_seconds {
    double startTimeUnixSeconds = 0, endTimeUnixSeconds = 0;
};
BOOST_DESCRIBE_STRUCT(time_filter_seconds, (), (startTimeUnixSeconds, endTimeUnixSeconds))

struct user_query_params {
    std::optional<std::vector<std::string>> userIds;
    std::optional<time_filter_seconds> timeFilter;
};
BOOST_DESCRIBE_STRUCT(user_query_params, (), (userIds, timeFilter))

struct query_users_request {
    user_query_params body;
};
BOOST_DESCRIBE_STRUCT(query_users_request, (), (body))

struct user_sums {
    double count = 0, prompt_tokens = 0, completion_tokens = 0;
    std::string user_id;
    double cost_usd = 0;
};
BOOST_DESCRIBE_STRUCT(user_sums, (), (count, prompt_tokens, completion_tokens, user_id, cost_usd))

struct sort_leaf_users {
    std::optional<sort_direction> id, user_id, active_for, first_active, last_active, total_requests,
        average_requests_per_day_active, average_tokens_per_request, total_prompt_tokens, total_completion_tokens, cost,
        rate_limited_count;
};
BOOST_DESCRIBE_STRUCT(sort_leaf_users, (),
                      (id, user_id, active_for, first_active, last_active, total_requests,
                       average_requests_per_day_active, average_tokens_per_request, total_prompt_tokens,
                       total_completion_tokens, cost, rate_limited_count))

struct user_metrics_query_params {
    user_filter filter;
    std::int64_t offset = 0, limit = 0;
    std::optional<time_filter_seconds> timeFilter;
    std::optional<double> timeZoneDifferenceMinutes;
    std::optional<sort_leaf_users> sort;
};
BOOST_DESCRIBE_STRUCT(user_metrics_query_params, (),
                      (filter, offset, limit, timeFilter, timeZoneDifferenceMinutes, sort))

struct user_metrics_request {
    user_metrics_query_params body;
};
BOOST_DESCRIBE_STRUCT(user_metrics_request, (), (body))

struct user_metrics_result {
    std::string id, user_id;
    double active_for = 0;
    std::string first_active, last_active;
    double total_requests = 0, average_requests_per_day_active = 0, average_tokens_per_request = 0,
           total_completion_tokens = 0, total_prompt_tokens = 0, cost = 0;
};
BOOST_DESCRIBE_STRUCT(user_metrics_result, (),
                      (id, user_id, active_for, first_active, last_active, total_requests,
                       average_requests_per_day_active, average_tokens_per_request, total_completion_tokens,
                       total_prompt_tokens, cost))

struct user_metrics {
    std::vector<user_metrics_result> users;
    double count = 0;
    bool hasUsers = false;
};
BOOST_DESCRIBE_STRUCT(user_metrics, (), (users, count, hasUsers))

struct user_overview_query_params {
    user_filter filter;
    p_size pSize = p_size::p75;
    bool useInterquartile = false;
};
BOOST_DESCRIBE_STRUCT(user_overview_query_params, (), (filter, pSize, useInterquartile))

struct user_overview_request {
    user_overview_query_params body;
};
BOOST_DESCRIBE_STRUCT(user_overview_request, (), (body))

struct user_overview {
    std::vector<histogram_row> request_count, user_cost;
};
BOOST_DESCRIBE_STRUCT(user_overview, (), (request_count, user_cost))

namespace
{

constexpr std::int64_t most_users = 100, greatest_user_limit = 1000, most_measured_users = 1'000'000;
constexpr std::size_t most_user_ids = 1000;

/// Numbers too great for seconds are milliseconds, as the reference takes all of them.
storage::time_range range_in(time_filter_seconds const& from, range_ends included)
{
    constexpr double most_seconds = 1e11;
    bool const in_ms =
        std::abs(from.startTimeUnixSeconds) > most_seconds || std::abs(from.endTimeUnixSeconds) > most_seconds;
    return range_of(from.startTimeUnixSeconds, from.endTimeUnixSeconds, in_ms ? net::millisecond_us : net::second_us,
                    included);
}

void read_sort(sort_leaf_users const& sort, storage::user_query& to)
{
    using order = storage::user_order;
    struct {
        std::optional<sort_direction> const& given;
        order by;
    } const keys[] = {
        {sort.id, order::id},
        {sort.user_id, order::id},
        {sort.active_for, order::active_days},
        {sort.first_active, order::first_active},
        {sort.last_active, order::last_active},
        {sort.total_requests, order::requests},
        {sort.average_requests_per_day_active, order::requests_per_day},
        {sort.average_tokens_per_request, order::tokens_per_request},
        {sort.total_prompt_tokens, order::prompt_tokens},
        {sort.total_completion_tokens, order::completion_tokens},
        {sort.cost, order::cost},
    };
    for (auto const& key : keys) {
        if (!key.given) continue;
        to.by = key.by;
        to.ascending = key.given == sort_direction::asc;
        return;
    }
}

asio::awaitable<result<std::vector<user_sums>>> query_users(query_users_request asked, services& with)
{
    storage::user_query query;
    query.by = storage::user_order::id;
    query.ascending = true;
    query.limit = most_users;
    if (asked.body.timeFilter) query.when = range_in(*asked.body.timeFilter, range_ends::both);
    if (asked.body.userIds) query.ids = std::move(*asked.body.userIds);
    if (query.ids.size() > most_user_ids)
        co_return invalid("userIds: at most " + std::to_string(most_user_ids) + " at once");
    auto const find = [whose = with.organization, query](storage::connection& db) {
        return storage::query_users(db, whose, query);
    };
    auto const found = co_await with.store.read(find);
    if (!found) co_return found.error();
    std::vector<user_sums> shown;
    for (auto const& one : *found)
        shown.push_back({static_cast<double>(one.requests), static_cast<double>(one.prompt_tokens),
                         static_cast<double>(one.completion_tokens), one.id, one.cost});
    co_return shown;
}

result<storage::user_query> read_query(user_metrics_query_params const& from)
{
    if (from.limit > greatest_user_limit) return invalid("Limit cannot be greater than 1000");
    if (from.limit < 0) return invalid("limit: must not be negative");
    if (from.offset < 0) return invalid("offset: must not be negative");
    auto const zone = read_zone(from.timeZoneDifferenceMinutes.value_or(0), "Invalid time zone difference");
    if (!zone) return zone.error();
    auto what = read_filter(from.filter, "filter");
    if (!what) return what.error();
    storage::user_query query;
    query.what = std::move(*what);
    if (from.timeFilter) query.when = range_in(*from.timeFilter, range_ends::neither);
    query.shift_us = -std::abs(*zone);
    query.limit = from.limit;
    query.offset = from.offset;
    if (from.sort) read_sort(*from.sort, query);
    return query;
}

user_metrics_result shown_user(storage::user_totals const& user)
{
    return {user.id,
            user.id,
            static_cast<double>(user.active_days),
            net::time_text(user.first_us),
            net::time_text(user.last_us),
            static_cast<double>(user.requests),
            user.requests_per_day,
            user.tokens_per_request,
            static_cast<double>(user.completion_tokens),
            static_cast<double>(user.prompt_tokens),
            user.cost};
}

asio::awaitable<result<user_metrics>> query_user_metrics(user_metrics_request asked, services& with)
{
    auto query = read_query(asked.body);
    if (!query) co_return query.error();
    auto const find = [whose = with.organization,
                       query = *query](storage::connection& db) -> storage::result<user_metrics> {
        user_metrics metrics;
        auto const users = storage::query_users(db, whose, query);
        if (!users) return users.error();
        for (auto const& user : *users) metrics.users.push_back(shown_user(user));
        auto const count = storage::count_users(db, whose, query);
        if (!count) return count.error();
        metrics.count = static_cast<double>(*count);
        auto const any = storage::has_users(db, whose);
        if (!any) return any.error();
        metrics.hasUsers = *any;
        return metrics;
    };
    auto found = co_await with.store.read(find);
    if (!found) co_return found.error();
    co_return std::move(*found);
}

asio::awaitable<result<user_overview>> query_overview(user_overview_request asked, services& with)
{
    auto what = read_filter(asked.body.filter, "filter");
    if (!what) co_return what.error();
    storage::user_query query;
    query.what = std::move(*what);
    query.limit = most_measured_users;
    auto const find = [whose = with.organization, query](storage::connection& db) {
        return storage::query_users(db, whose, query);
    };
    auto const found = co_await with.store.read(find);
    if (!found) co_return found.error();
    std::vector<double> counts, costs;
    for (auto const& user : *found) {
        counts.push_back(static_cast<double>(user.requests));
        costs.push_back(user.cost);
    }
    histogram_cut const cut{asked.body.pSize, asked.body.useInterquartile};
    user_overview overview;
    overview.request_count = histogram_rows(std::move(counts), cut);
    overview.user_cost = histogram_rows(std::move(costs), cut);
    co_return overview;
}

constexpr endpoint user_entries[] = {
    post<query_users>("/v1/user/query", "GetUsers", "What the requests of each user come to"),
    post<query_user_metrics>("/v1/user/metrics/query", "GetUserMetrics", "Users with their activity, by page"),
    post<query_overview>("/v1/user/metrics-overview/query", "GetUserMetricsOverview",
                         "How users are spread by requests and cost"),
};
static_assert(each_is_unique(user_entries));

} // namespace

constinit group const user_endpoints{"User", user_entries};

} // namespace weir::api
