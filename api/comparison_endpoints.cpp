#include "api/endpoints.hpp"
#include "api/helicone_request.hpp"
#include "net/text.hpp"
#include "net/time_text.hpp"
#include "pricing/price_table.hpp"
#include "storage/connection.hpp"
#include "storage/model_statistics.hpp"

#include <string>
#include <vector>

namespace asio = boost::asio;

/// How models did in the calls of the caller's organisation.
namespace weir::api
{

struct models_to_compare {
    std::vector<std::string> names;
    std::string parent, provider;
};
BOOST_DESCRIBE_STRUCT(models_to_compare, (), (names, parent, provider))

struct compare_models_request {
    std::vector<models_to_compare> body;
};
BOOST_DESCRIBE_STRUCT(compare_models_request, (), (body))

struct metric_stats {
    double average = 0, min = 0, max = 0, median = 0, p90 = 0, p95 = 0, p99 = 0;
};
BOOST_DESCRIBE_STRUCT(metric_stats, (), (average, min, max, median, p90, p95, p99))

struct token_metric_stats : metric_stats {
    double medianPer1000Tokens = 0;
};
BOOST_DESCRIBE_STRUCT(token_metric_stats, (metric_stats), (medianPer1000Tokens))

struct costs_of_tokens {
    double prompt_token = 0, completion_token = 0;
};
BOOST_DESCRIBE_STRUCT(costs_of_tokens, (), (prompt_token, completion_token))

struct feedback_shares {
    double positivePercentage = 0, negativePercentage = 0;
};
BOOST_DESCRIBE_STRUCT(feedback_shares, (), (positivePercentage, negativePercentage))

struct status_shares {
    double successRate = 0, errorRate = 0;
};
BOOST_DESCRIBE_STRUCT(status_shares, (), (successRate, errorRate))

struct country_median {
    std::string countryCode;
    double median = 0;
};
BOOST_DESCRIBE_STRUCT(country_median, (), (countryCode, median))

struct time_series_metric {
    double value = 0;
    std::string timestamp;
};
BOOST_DESCRIBE_STRUCT(time_series_metric, (), (value, timestamp))

struct model_over_time {
    std::vector<time_series_metric> latency, ttft, successRate, errorRate;
};
BOOST_DESCRIBE_STRUCT(model_over_time, (), (latency, ttft, successRate, errorRate))

struct compared_model {
    std::string model, provider;
    token_metric_stats latency;
    metric_stats ttft;
    costs_of_tokens costs;
    feedback_shares feedback;
    status_shares requestStatus;
    std::vector<country_median> geographicLatency, geographicTtft; ///< weir knows no countries
    model_over_time timeSeriesData;
};
BOOST_DESCRIBE_STRUCT(compared_model, (),
                      (model, provider, latency, ttft, costs, feedback, requestStatus, geographicLatency,
                       geographicTtft, timeSeriesData))

namespace
{

constexpr std::size_t most_models = 20, most_names = 50;
constexpr std::int64_t most_calls = 50'000; // of one model: some tenths of a second
constexpr std::int64_t span_us = 30LL * 24 * 60 * 60 * 1'000'000;

/// Whether what a client calls a provider is the one with weir's id: by that id, or by Helicone's name of it.
bool is_called(std::string_view provider_id, std::string const& asked)
{
    auto const name = shape_of<provider_name>.words[static_cast<std::size_t>(provider_name_of(provider_id))];
    return net::iequals(asked, provider_id) || net::iequals(asked, name);
}

template <class Stats>
void show(storage::spread const& from, Stats& to)
{
    to.average = from.average;
    to.min = from.least;
    to.max = from.greatest;
    to.median = from.median;
    to.p90 = from.p90;
    to.p95 = from.p95;
    to.p99 = from.p99;
}

double share(std::int64_t part, std::int64_t whole)
{
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

model_over_time over_time(std::vector<storage::model_day> const& days)
{
    model_over_time shown;
    for (auto const& day : days) {
        auto const at = net::time_text(day.start_us);
        shown.latency.push_back({day.latency_per_1000_tokens_ms, at});
        shown.ttft.push_back({day.first_token_ms, at});
        shown.successRate.push_back({share(day.calls - day.failed, day.calls), at});
        shown.errorRate.push_back({share(day.failed, day.calls), at});
    }
    return shown;
}

/// The price of a token, by the first of the names that has one.
costs_of_tokens costs_of(pricing::price_table const& prices, std::string_view provider, models_to_compare const& asked,
                         std::int64_t now_us)
{
    for (auto const& name : asked.names)
        if (auto const* row = prices.find(provider, name, now_us).row)
            return {row->base.input.value_or(0), row->base.output.value_or(0)};
    return {};
}

compared_model shown_model(models_to_compare const& asked, storage::model_statistics const& did)
{
    compared_model model;
    model.model = asked.parent;
    model.provider = asked.provider;
    show(did.latency_per_1000_tokens_ms, model.latency);
    model.latency.medianPer1000Tokens = model.latency.median;
    show(did.first_token_ms, model.ttft);
    model.feedback = {share(did.praised, did.praised + did.faulted), share(did.faulted, did.praised + did.faulted)};
    model.requestStatus = {share(did.calls - did.failed, did.calls), share(did.failed, did.calls)};
    model.timeSeriesData = over_time(did.days);
    return model;
}

std::optional<failure> why_not(std::vector<models_to_compare> const& asked)
{
    if (asked.size() > most_models) return invalid("body: has more than " + std::to_string(most_models) + " models");
    for (std::size_t i = 0; i < asked.size(); ++i)
        if (asked[i].names.size() > most_names)
            return invalid("[" + std::to_string(i) + "].names: has more than " + std::to_string(most_names));
    return {};
}

asio::awaitable<result<std::vector<compared_model>>> compare_models(compare_models_request asked, services& with)
{
    if (auto const why = why_not(asked.body)) co_return *why;
    auto const now = with.now_us();
    auto const prices = with.prices ? with.prices() : nullptr;
    std::vector<compared_model> compared;
    for (auto const& one : asked.body) {
        storage::model_question question;
        question.names.insert(one.names.begin(), one.names.end());
        question.is_wanted = [wanted = one.provider](std::string_view id) { return is_called(id, wanted); };
        question.when = {now - span_us, now};
        question.most_calls = most_calls;
        auto const query = [whose = with.organization, question](storage::connection& db) {
            return storage::model_statistics_of(db, whose, question);
        };
        auto const did = co_await with.store.read(query);
        if (!did) co_return did.error();
        if (did->calls == 0) continue;
        compared.push_back(shown_model(one, *did));
        if (prices) compared.back().costs = costs_of(*prices, did->provider, one, now);
    }
    co_return compared;
}

constexpr endpoint comparison_entries[] = {
    post<compare_models>("/v1/public/compare/models", "GetModelComparison",
                         "How models did in the organisation's calls of the last 30 days"),
};
static_assert(each_is_unique(comparison_entries));

} // namespace

constinit group const comparison_endpoints{"Comparison", comparison_entries};

} // namespace weir::api
