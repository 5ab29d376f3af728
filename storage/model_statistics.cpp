#include "storage/model_statistics.hpp"

#include "net/unix_time.hpp"
#include "storage/candidates.hpp"
#include "storage/connection.hpp"
#include "storage/histogram.hpp"
#include "storage/sql.hpp"

#include <algorithm>
#include <map>

namespace weir::storage
{
namespace
{

constexpr double us_of_ms = 1000, tokens_of_latency = 1000;

struct samples {
    std::vector<double> latency_per_1000_tokens_ms, first_token_ms;
};

/// A call in the order of its columns in `add_calls`.
struct call {
    explicit call(rows const& row)
        : created_us(row.get<std::int64_t>(0))
        , latency_us(row.get<std::int64_t>(1))
        , status(row.get<int>(2))
        , completion_tokens(row.get<std::int64_t>(3))
        , first_token_us(row.get<std::int64_t>(4))
        , provider(row.get<std::string>(5))
        , is_good(row.get<std::optional<bool>>(6))
    {
    }

    bool has_failed() const { return status >= 500 || status == status::timeout; }

    std::int64_t created_us, latency_us;
    int status;
    std::int64_t completion_tokens, first_token_us;
    std::string provider;
    std::optional<bool> is_good;
};

class model_summary
{
public:
    model_summary(connection& db, organization_id organization, model_question const& asked)
        : db_(db)
        , organization_(organization)
        , asked_(asked)
    {
    }

    result<void> add_calls(std::string const& model)
    {
        filter const of_model{
            .is = filter::kind::condition,
            .condition = {
                .table = "request_response_rmt", .column = "model", .how = comparison::equals, .operand = model}};
        auto const rows = rows_that_may_pass(db_, organization_, of_model);
        if (!rows) return rows.error();
        sql query("SELECT r.created_us,r.ended_us-r.created_us,r.status,coalesce(r.completion_tokens,0),"
                  "coalesce(r.time_to_first_token_us,0),coalesce(r.provider,''),f.rating FROM request AS r"
                  " LEFT JOIN feedback AS f ON f.organization_id=r.organization_id AND f.request_id=r.request_id"
                  " WHERE r.status<>-2 AND r.organization_id=");
        query.bind(static_cast<std::int64_t>(organization_)) << " AND r.model=";
        query.bind(model) << " AND ";
        append_filter(*rows, query);
        append_time_range(asked_.when, query);
        query << " ORDER BY r.id DESC LIMIT ";
        query.bind(asked_.most_calls - sums_.calls);
        auto found = db_.query(query);
        if (!found) return found.error();
        while (found->next())
            if (call const one(*found); asked_.is_wanted(one.provider)) add(one);
        if (found->error()) return found->error();
        return {};
    }

    model_statistics finished()
    {
        samples whole;
        for (auto& [start, day] : days_) {
            auto& [shown, of_day] = day;
            append(of_day.latency_per_1000_tokens_ms, whole.latency_per_1000_tokens_ms);
            append(of_day.first_token_ms, whole.first_token_ms);
            shown.start_us = start;
            shown.latency_per_1000_tokens_ms = spread_of(std::move(of_day.latency_per_1000_tokens_ms)).median;
            shown.first_token_ms = spread_of(std::move(of_day.first_token_ms)).median;
            sums_.days.push_back(shown);
        }
        sums_.latency_per_1000_tokens_ms = spread_of(std::move(whole.latency_per_1000_tokens_ms));
        sums_.first_token_ms = spread_of(std::move(whole.first_token_ms));
        return std::move(sums_);
    }

private:
    static void append(std::vector<double> const& from, std::vector<double>& to)
    {
        to.insert(to.end(), from.begin(), from.end());
    }

    void add(call const& one)
    {
        auto& [shown, values] = days_[one.created_us / net::day_us * net::day_us];
        if (sums_.calls == 0) sums_.provider = one.provider;
        ++sums_.calls;
        ++shown.calls;
        sums_.failed += one.has_failed() ? 1 : 0;
        shown.failed += one.has_failed() ? 1 : 0;
        if (one.is_good) ++(*one.is_good ? sums_.praised : sums_.faulted);
        if (one.latency_us > 0 && one.completion_tokens > 0)
            values.latency_per_1000_tokens_ms.push_back(static_cast<double>(one.latency_us) / us_of_ms *
                                                        tokens_of_latency / static_cast<double>(one.completion_tokens));
        if (one.first_token_us > 0) values.first_token_ms.push_back(static_cast<double>(one.first_token_us) / us_of_ms);
    }

    connection& db_;
    organization_id organization_;
    model_question const& asked_;
    model_statistics sums_;
    std::map<std::int64_t, std::pair<model_day, samples>> days_;
};

} // namespace

spread spread_of(std::vector<double> values)
{
    if (values.empty()) return {};
    std::ranges::sort(values);
    return {.average = mean_of(values),
            .least = values.front(),
            .greatest = values.back(),
            .median = percentile(values, 0.5),
            .p90 = percentile(values, 0.9),
            .p95 = percentile(values, 0.95),
            .p99 = percentile(values, 0.99)};
}

result<model_statistics> model_statistics_of(connection& db, organization_id organization, model_question const& asked)
{
    model_summary made(db, organization, asked);
    for (auto const& name : asked.names)
        if (auto const added = made.add_calls(name); !added) return added.error();
    return made.finished();
}

} // namespace weir::storage
