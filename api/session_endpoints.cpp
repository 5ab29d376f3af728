#include "api/endpoints.hpp"
#include "api/filters.hpp"
#include "api/histogram_types.hpp"
#include "api/text_limits.hpp"
#include "api/time_filters.hpp"
#include "net/unix_time.hpp"
#include "storage/properties.hpp"
#include "storage/sessions.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

namespace asio = boost::asio;

namespace weir::api
{

struct time_filter_ms {
    double startTimeUnixMs = 0, endTimeUnixMs = 0;
};
BOOST_DESCRIBE_STRUCT(time_filter_ms, (), (startTimeUnixMs, endTimeUnixMs))

struct session_query_params {
    std::string search;
    time_filter_ms timeFilter;
    std::optional<std::string> nameEquals;
    double timezoneDifference = 0;
    session_filter filter;
};
BOOST_DESCRIBE_STRUCT(session_query_params, (), (search, timeFilter, nameEquals, timezoneDifference, filter))

struct query_sessions_request {
    session_query_params body;
};
BOOST_DESCRIBE_STRUCT(query_sessions_request, (), (body))

struct session_result {
    std::string created_at, latest_request_created_at, session_id, session_name;
    double total_cost = 0, total_requests = 0, prompt_tokens = 0, completion_tokens = 0, total_tokens = 0,
           avg_latency = 0;
};
BOOST_DESCRIBE_STRUCT(session_result, (),
                      (created_at, latest_request_created_at, session_id, session_name, total_cost, total_requests,
                       prompt_tokens, completion_tokens, total_tokens, avg_latency))

struct session_name_query_params {
    std::string nameContains;
    double timezoneDifference = 0;
    std::optional<p_size> pSize;
    std::optional<bool> useInterquartile;
    std::optional<time_filter_ms> timeFilter;
    std::optional<session_filter> filter;
};
BOOST_DESCRIBE_STRUCT(session_name_query_params, (),
                      (nameContains, timezoneDifference, pSize, useInterquartile, timeFilter, filter))

struct session_names_request {
    session_name_query_params body;
};
BOOST_DESCRIBE_STRUCT(session_names_request, (), (body))

struct session_name_result {
    std::string name, created_at, last_used, first_used;
    double session_count = 0, avg_latency = 0;
};
BOOST_DESCRIBE_STRUCT(session_name_result, (), (name, created_at, last_used, first_used, session_count, avg_latency))

struct session_averages {
    std::vector<average_row> session_count, session_duration, session_cost;
};
BOOST_DESCRIBE_STRUCT(session_averages, (), (session_count, session_duration, session_cost))

struct session_metrics {
    std::vector<histogram_row> session_count, session_duration, session_cost;
    session_averages average;
};
BOOST_DESCRIBE_STRUCT(session_metrics, (), (session_count, session_duration, session_cost, average))

struct session_rating {
    bool rating = false;
};
BOOST_DESCRIBE_STRUCT(session_rating, (), (rating))

struct session_feedback_request {
    std::string sessionId;
    session_rating body;
};
BOOST_DESCRIBE_STRUCT(session_feedback_request, (), (sessionId, body))

struct session_tag_request {
    std::string sessionId;
};
BOOST_DESCRIBE_STRUCT(session_tag_request, (), (sessionId))

struct session_tag_body {
    std::string tag;
};
BOOST_DESCRIBE_STRUCT(session_tag_body, (), (tag))

struct put_session_tag_request {
    std::string sessionId;
    session_tag_body body;
};
BOOST_DESCRIBE_STRUCT(put_session_tag_request, (), (sessionId, body))

namespace
{

constexpr std::int64_t most_shown = 50, most_measured = 1'000'000;
constexpr std::size_t longest_search = 1000, longest_tag = 1000;

storage::time_range range_of(time_filter_ms const& from)
{
    return range_of(from.startTimeUnixMs, from.endTimeUnixMs, net::millisecond_us, range_ends::neither);
}

result<storage::session_query> read_query(session_query_params const& from)
{
    if (auto const bad = problem_with_text("search", from.search, longest_search)) return *bad;
    auto const shift = read_zone(from.timezoneDifference, "Invalid timezone difference");
    if (!shift) return shift.error();
    auto what = read_filter(from.filter, "filter");
    if (!what) return what.error();
    storage::session_query query;
    query.when = range_of(from.timeFilter);
    query.search = from.search;
    if (from.nameEquals && !from.nameEquals->empty()) query.name = from.nameEquals;
    query.shift_us = *shift;
    query.what = std::move(*what);
    return query;
}

/// Of the names and the metrics of sessions, which take the same body.
result<storage::session_query> read_query(session_name_query_params const& from)
{
    if (auto const bad = problem_with_text("nameContains", from.nameContains, longest_search)) return *bad;
    auto const shift = read_zone(from.timezoneDifference, "Invalid timezone difference");
    if (!shift) return shift.error();
    storage::session_query query;
    query.shift_us = -std::abs(*shift);
    if (from.timeFilter) query.when = range_of(*from.timeFilter);
    if (!from.filter) return query;
    auto what = read_filter(*from.filter, "filter");
    if (!what) return what.error();
    query.what = std::move(*what);
    return query;
}

asio::awaitable<result<bool>> has_session(nothing, services& with)
{
    auto const query = [whose = with.organization, from = with.now_us() - 30 * net::hour_us](storage::connection& db) {
        return storage::find_session_since(db, whose, from);
    };
    auto const found = co_await with.store.read(query);
    if (!found && found.error() == storage::errc::not_found) co_return not_found("No sessions found");
    if (!found) co_return failure(found.error());
    co_return result<bool>(true);
}

asio::awaitable<result<std::vector<session_result>>> query_sessions(query_sessions_request asked, services& with)
{
    auto query = read_query(asked.body);
    if (!query) co_return query.error();
    auto const find = [whose = with.organization, query = std::move(*query)](storage::connection& db) {
        return storage::query_sessions(db, whose, query, most_shown);
    };
    auto const found = co_await with.store.read(find);
    if (!found) co_return found.error();
    std::vector<session_result> shown;
    for (auto const& one : *found)
        shown.push_back({session_time_text(one.first_us), session_time_text(one.last_us), one.id, one.name, one.cost,
                         static_cast<double>(one.requests), static_cast<double>(one.prompt_tokens),
                         static_cast<double>(one.completion_tokens), static_cast<double>(one.total_tokens),
                         one.latency_ms});
    co_return shown;
}

asio::awaitable<result<std::vector<session_name_result>>> query_names(session_names_request asked, services& with)
{
    auto query = read_query(asked.body);
    if (!query) co_return query.error();
    query->name_part = asked.body.nameContains;
    auto const oldest = with.now_us() - 150 * net::day_us;
    if (!query->when) query->when = storage::time_range{oldest, INT64_MAX};
    query->when->from_us = std::max(query->when->from_us, oldest);
    auto const find = [whose = with.organization, query = std::move(*query)](storage::connection& db) {
        return storage::query_session_names(db, whose, query, most_shown);
    };
    auto const found = co_await with.store.read(find);
    if (!found) co_return found.error();
    std::vector<session_name_result> shown;
    for (auto const& one : *found) {
        auto const first = session_time_text(one.first_us);
        shown.push_back({one.name, first, session_time_text(one.last_us), first, static_cast<double>(one.sessions),
                         one.latency_ms});
    }
    co_return shown;
}

asio::awaitable<result<session_metrics>> query_session_metrics(session_names_request asked, services& with)
{
    auto query = read_query(asked.body);
    if (!query) co_return query.error();
    if (!asked.body.nameContains.empty()) query->name = asked.body.nameContains; // equal, in spite of its name
    auto const find = [whose = with.organization, query = std::move(*query)](storage::connection& db) {
        return storage::query_sessions(db, whose, query, most_measured);
    };
    auto const found = co_await with.store.read(find);
    if (!found) co_return found.error();
    std::vector<double> counts, durations, costs;
    for (auto const& one : *found) {
        counts.push_back(static_cast<double>(one.requests));
        durations.push_back(static_cast<double>(one.last_us - one.first_us) / 1e6);
        costs.push_back(one.cost);
    }
    histogram_cut const cut{asked.body.pSize.value_or(p_size::p75), asked.body.useInterquartile.value_or(false)};
    session_metrics shown;
    shown.average.session_count.push_back({storage::mean_of(counts)});
    shown.average.session_duration.push_back({storage::mean_of(durations)});
    shown.average.session_cost.push_back({storage::mean_of(costs)});
    shown.session_count = histogram_rows(std::move(counts), cut);
    shown.session_duration = histogram_rows(std::move(durations), cut);
    shown.session_cost = histogram_rows(std::move(costs), cut);
    co_return shown;
}

/// The earliest request of the session carries it, as a property.
asio::awaitable<result<null>> give_session_feedback(session_feedback_request asked, services& with)
{
    auto const find = [whose = with.organization, session = std::move(asked.sessionId)](storage::connection& db) {
        return storage::first_request_of_session(db, whose, session);
    };
    auto const first = co_await with.store.read(find);
    if (!first && first.error() == storage::errc::not_found) co_return not_found("No request found");
    if (!first) co_return first.error();
    auto const put = [whose = with.organization, request = *first,
                      is_good = asked.body.rating](storage::connection& db) {
        return storage::set_property(db, whose, request, "Helicone-Session-Feedback", is_good ? "1" : "0");
    };
    auto const done = co_await with.store.write(put);
    if (!done && done.error() == storage::errc::not_found) co_return not_found("No request found");
    if (!done) co_return done.error();
    co_return null{};
}

asio::awaitable<result<nullable<std::string>>> tag_of_session(session_tag_request asked, services& with)
{
    auto const query = [whose = with.organization, asked = std::move(asked)](storage::connection& db) {
        return storage::session_tag(db, whose, asked.sessionId);
    };
    auto const tag = co_await with.store.read(query);
    if (!tag) co_return tag.error();
    co_return nullable<std::string>(*tag);
}

asio::awaitable<result<null>> tag_session(put_session_tag_request asked, services& with)
{
    if (auto const bad = problem_with_text("tag", asked.body.tag, longest_tag)) co_return *bad;
    auto const put = [whose = with.organization, asked = std::move(asked),
                      now = with.now_us()](storage::connection& db) {
        return storage::add_session_tag(db, whose, asked.sessionId, asked.body.tag, now);
    };
    auto const done = co_await with.store.write(put);
    if (!done) co_return done.error();
    co_return null{};
}

constexpr endpoint session_entries[] = {
    get<has_session>("/v1/session/has-session", "HasSession", "Whether there was a session in the last 30 hours"),
    post<query_sessions>("/v1/session/query", "GetSessions", "Sessions of a range of time, the last begun first"),
    post<query_names>("/v1/session/name/query", "GetNames", "The names of sessions"),
    post<query_session_metrics>("/v1/session/metrics/query", "GetMetrics",
                                "How sessions are spread by size, time and cost"),
    changes(post<give_session_feedback>("/v1/session/{sessionId}/feedback", "UpdateSessionFeedback",
                                        "What a user said of a session")),
    get<tag_of_session>("/v1/session/{sessionId}/tag", "GetSessionTag", "The tag given to a session last"),
    changes(post<tag_session>("/v1/session/{sessionId}/tag", "UpdateSessionTag", "Tags a session")),
};
static_assert(each_is_unique(session_entries));

} // namespace

constinit group const session_endpoints{"Session", session_entries};

} // namespace weir::api
