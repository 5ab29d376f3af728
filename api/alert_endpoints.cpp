#include "api/endpoints.hpp"
#include "net/text.hpp"
#include "net/time_text.hpp"
#include "storage/alerts.hpp"
#include "storage/connection.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace weir::api
{

struct alert_row {
    std::string id, org_id, name, metric;
    double threshold = 0;
    std::int64_t time_window = 0, time_block_duration = 0; ///< milliseconds
    std::vector<std::string> emails, slack_channels;
    nullable<std::int64_t> minimum_request_count;
    std::string status;
    bool soft_delete = false;
    std::string created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(alert_row, (),
                      (id, org_id, name, metric, threshold, time_window, time_block_duration, emails, slack_channels,
                       minimum_request_count, status, soft_delete, created_at, updated_at))

struct alert_history_row {
    std::string id, org_id, alert_id, alert_name, alert_metric, alert_start_time;
    nullable<std::string> alert_end_time;
    std::string triggered_value, status;
    bool soft_delete = false;
    std::string created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(alert_history_row, (),
                      (id, org_id, alert_id, alert_name, alert_metric, alert_start_time, alert_end_time,
                       triggered_value, status, soft_delete, created_at, updated_at))

struct alerts_answer {
    std::vector<alert_row> alerts;
    std::vector<alert_history_row> history;
};
BOOST_DESCRIBE_STRUCT(alerts_answer, (), (alerts, history))

struct create_alert_params {
    std::string name, metric;
    double threshold = 0;
    std::string time_window; ///< milliseconds
    std::vector<std::string> emails, slack_channels;
    std::optional<std::int64_t> minimum_request_count;
};
BOOST_DESCRIBE_STRUCT(create_alert_params, (),
                      (name, metric, threshold, time_window, emails, slack_channels, minimum_request_count))

struct create_alert_request {
    create_alert_params body;
};
BOOST_DESCRIBE_STRUCT(create_alert_request, (), (body))

struct alert_request {
    std::string alertId;
};
BOOST_DESCRIBE_STRUCT(alert_request, (), (alertId))

namespace
{

constexpr std::int64_t most_listed_alerts = 1000;
constexpr std::uint64_t least_window_ms = 30'000, greatest_window_ms = 30ULL * 24 * 60 * 60 * 1000;
constexpr std::size_t most_receivers = 100, longest_text = 320; // bytes: the longest address there is
constexpr double least_cost = 0.01, greatest_share = 100;       // dollars, percent

/// Something before an @, and a domain with a dot behind it.
bool is_email(std::string_view text)
{
    auto const at = text.find('@');
    if (at == 0 || at == text.npos || text.size() > longest_text || text.find('@', at + 1) != text.npos) return false;
    bool const is_plain = std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c != 0x7F && c != ','; });
    auto const domain = text.substr(at + 1);
    auto const dot = domain.rfind('.');
    return is_plain && dot != domain.npos && dot > 0 && dot + 1 < domain.size();
}

bool is_channel(std::string_view text) { return !net::trimmed(text).empty() && text.size() <= longest_text; }

bool is_good_threshold(create_alert_params const& body)
{
    if (!std::isfinite(body.threshold) || body.threshold <= 0) return false;
    if (body.metric == "cost") return body.threshold >= least_cost;
    return body.metric != "response.status" || body.threshold <= greatest_share;
}

/// The alert that is asked for, or the reference's words for what is wrong with it.
result<storage::alert_wish> read_alert(create_alert_params&& body)
{
    if (net::trimmed(body.name).empty()) return invalid("Name is required");
    if (auto const problem = storage::problem_with_name(body.name)) return invalid("name: " + *problem);
    if (!is_good_threshold(body)) return invalid("Invalid threshold");
    auto const window = net::parse_number(body.time_window);
    if (!window || *window < least_window_ms || *window > greatest_window_ms) return invalid("Invalid time_window");
    if (body.metric != "response.status" && body.metric != "cost") return invalid("Invalid metric");
    if (body.emails.size() > most_receivers || !std::ranges::all_of(body.emails, is_email))
        return invalid("Invalid emails");
    if (body.slack_channels.size() > most_receivers || !std::ranges::all_of(body.slack_channels, is_channel))
        return invalid("Invalid slack_channels");
    if (body.emails.empty() && body.slack_channels.empty())
        return invalid("At least one notification method is required");
    if (body.minimum_request_count.value_or(0) < 0) return invalid("Invalid minimum_request_count");
    storage::alert_wish wish;
    wish.name = std::move(body.name);
    wish.metric = std::move(body.metric);
    wish.threshold = body.threshold;
    wish.time_window_ms = static_cast<std::int64_t>(*window);
    wish.emails = std::move(body.emails);
    wish.slack_channels = std::move(body.slack_channels);
    wish.minimum_request_count = body.minimum_request_count;
    return wish;
}

alert_row row_of(storage::alert&& from)
{
    alert_row row;
    row.id = from.id.text();
    row.org_id = std::move(from.organization_public_id);
    row.name = std::move(from.name);
    row.metric = std::move(from.metric);
    row.threshold = from.threshold;
    row.time_window = from.time_window_ms;
    row.time_block_duration = from.time_block_duration_ms;
    row.emails = std::move(from.emails);
    row.slack_channels = std::move(from.slack_channels);
    row.minimum_request_count = from.minimum_request_count;
    row.status = std::move(from.status);
    row.created_at = net::time_text(from.created_us);
    row.updated_at = net::time_text(from.updated_us);
    return row;
}

alert_history_row row_of(storage::alert_event&& from)
{
    alert_history_row row;
    row.id = from.id.text();
    row.org_id = std::move(from.organization_public_id);
    row.alert_id = from.alert_id.text();
    row.alert_name = std::move(from.alert_name);
    row.alert_metric = std::move(from.alert_metric);
    row.alert_start_time = net::time_text(from.started_us);
    if (from.ended_us) row.alert_end_time = net::time_text(*from.ended_us);
    row.triggered_value = std::move(from.triggered_value);
    row.status = std::move(from.status);
    row.created_at = net::time_text(from.created_us);
    row.updated_at = net::time_text(from.updated_us);
    return row;
}

storage::result<alerts_answer> find_alerts(storage::connection& db, storage::organization_id whose)
{
    auto alerts = storage::list_alerts(db, whose, most_listed_alerts);
    if (!alerts) return alerts.error();
    auto events = storage::list_alert_events(db, whose, most_listed_alerts);
    if (!events) return events.error();
    alerts_answer answer;
    for (auto& one : *alerts) answer.alerts.push_back(row_of(std::move(one)));
    for (auto& one : *events) answer.history.push_back(row_of(std::move(one)));
    return answer;
}

asio::awaitable<result<alerts_answer>> query_alerts(nothing, services& with)
{
    auto const query = [whose = with.organization](storage::connection& db) { return find_alerts(db, whose); };
    auto found = co_await with.store.read(query);
    if (!found) co_return found.error();
    co_return std::move(*found);
}

asio::awaitable<result<std::string>> create_alert(create_alert_request asked, services& with)
{
    auto wish = read_alert(std::move(asked.body));
    if (!wish) co_return wish.error();
    auto const query = [whose = with.organization, wish = std::move(*wish), now = with.now_us()](
                           storage::connection& db) { return storage::create_alert(db, whose, wish, now); };
    auto const id = co_await with.store.write(query);
    if (!id && id.error() == storage::errc::conflict)
        co_return conflict("there are " + std::to_string(storage::most_alerts) + " alerts already: delete one first");
    if (!id) co_return id.error();
    co_return id->text();
}

asio::awaitable<result<null>> delete_alert(alert_request asked, services& with)
{
    auto const id = storage::uuid::parse(asked.alertId);
    if (!id) co_return not_found("Alert not found");
    auto const query = [whose = with.organization, id = *id, now = with.now_us()](storage::connection& db) {
        return storage::delete_alert(db, whose, id, now);
    };
    auto const done = co_await with.store.write(query);
    if (!done && done.error() == storage::errc::not_found) co_return not_found("Alert not found");
    if (!done) co_return done.error();
    co_return null{};
}

constexpr endpoint alert_entries[] = {
    get<query_alerts>("/v1/alert/query", "GetAlerts", "Alerts, and when they were triggered, newest first"),
    changes(post<create_alert>("/v1/alert/create", "CreateAlert", "Makes an alert")),
    delete_<delete_alert>("/v1/alert/{alertId}", "DeleteAlert", "Deletes an alert"),
};
static_assert(each_is_unique(alert_entries));

} // namespace

constinit group const alert_endpoints{"Alert", alert_entries};

} // namespace weir::api
