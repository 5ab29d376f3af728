#include "api/endpoints.hpp"
#include "evaluation/statistics.hpp"
#include "storage/connection.hpp"
#include "storage/experiment_comparison.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

/// What an experiment has shown: docs/evaluators.md has the formulae.
namespace weir::api
{

struct compare_experiment_request {
    std::string experimentId;
    std::optional<std::string> baseline;
};
BOOST_DESCRIBE_STRUCT(compare_experiment_request, (), (experimentId, baseline))

struct confidence_interval {
    double low = 0, high = 0;
};
BOOST_DESCRIBE_STRUCT(confidence_interval, (), (low, high))

struct difference_from_baseline {
    std::int64_t n = 0; ///< rows that have both scores
    double difference = 0;
    nullable<double> pValue;
};
BOOST_DESCRIBE_STRUCT(difference_from_baseline, (), (n, difference, pValue))

struct compared_score {
    std::string valueType;
    std::int64_t n = 0;
    double mean = 0;
    nullable<double> standardError;
    nullable<confidence_interval> confidence;
    nullable<difference_from_baseline> comparison; ///< null for the baseline, and where it has no such score
};
BOOST_DESCRIBE_STRUCT(compared_score, (), (valueType, n, mean, standardError, confidence, comparison))

struct compared_figure {
    std::int64_t n = 0; ///< calls of which it is known
    double total = 0;
    nullable<double> mean, p50, p90, p99;
};
BOOST_DESCRIBE_STRUCT(compared_figure, (), (n, total, mean, p50, p90, p99))

struct shown_variant {
    std::string id, promptVersionId, model, label;
    std::int64_t runs = 0, failed = 0;
    compared_figure cost{}, latencyMs{};
    std::map<std::string, compared_score> scores{};
};
BOOST_DESCRIBE_STRUCT(shown_variant, (), (id, promptVersionId, model, label, runs, failed, cost, latencyMs, scores))

struct experiment_comparison {
    nullable<std::string> baseline; ///< null where there is nothing to compare
    std::vector<shown_variant> variants;
};
BOOST_DESCRIBE_STRUCT(experiment_comparison, (), (baseline, variants))

namespace
{

using storage::compared_variant;
using storage::uuid;

/// The values of one score, by row.
struct score_values {
    bool are_booleans = false;
    std::map<std::string, double> by_row;
};
using scores_by_name = std::map<std::string, score_values>;

scores_by_name scores_of(compared_variant const& of)
{
    scores_by_name found;
    for (auto const& [row, output] : of.outputs)
        for (auto const& score : output.scores) {
            auto& values = found[score.key];
            values.are_booleans = score.is_boolean;
            values.by_row[row] = static_cast<double>(score.value);
        }
    return found;
}

difference_from_baseline compare(score_values const& values, score_values const& baseline)
{
    std::vector<double> mine, theirs;
    for (auto const& [row, value] : values.by_row)
        if (auto const other = baseline.by_row.find(row); other != baseline.by_row.end()) {
            mine.push_back(value);
            theirs.push_back(other->second);
        }
    auto const found = evaluation::compare_pairs(mine, theirs, values.are_booleans);
    return {.n = static_cast<std::int64_t>(found.n), .difference = found.difference, .pValue = found.p_value};
}

compared_score compared(score_values const& of)
{
    std::vector<double> values;
    for (auto const& [row, value] : of.by_row) values.push_back(value);
    auto const found = evaluation::summarize(values, of.are_booleans);
    compared_score out;
    out.valueType = of.are_booleans ? "boolean" : "number";
    out.n = static_cast<std::int64_t>(found.n);
    out.mean = found.mean;
    out.standardError = found.standard_error;
    if (found.confidence) out.confidence = confidence_interval{found.confidence->low, found.confidence->high};
    return out;
}

/// Of values in a small unit, of which `of_unit` make the one that is shown: their sum is exact.
compared_figure figure_of(std::vector<std::int64_t> const& small, double of_unit)
{
    compared_figure out;
    out.n = static_cast<std::int64_t>(small.size());
    if (small.empty()) return out;
    std::vector<double> values;
    for (auto const one : small) values.push_back(static_cast<double>(one) / of_unit);
    out.total = static_cast<double>(std::accumulate(small.begin(), small.end(), std::int64_t{0})) / of_unit;
    out.mean = out.total / static_cast<double>(values.size());
    out.p50 = evaluation::quantile(values, 0.5);
    out.p90 = evaluation::quantile(values, 0.9);
    out.p99 = evaluation::quantile(values, 0.99);
    return out;
}

shown_variant compared(compared_variant const& of, scores_by_name const* baseline)
{
    shown_variant out{.id = of.id.text(),
                      .promptVersionId = of.prompt_version.text(),
                      .model = of.model,
                      .label = of.label,
                      .runs = static_cast<std::int64_t>(of.outputs.size()),
                      .failed = of.failed};
    std::vector<std::int64_t> costs, latencies;
    for (auto const& [row, output] : of.outputs) {
        if (output.cost_nanos) costs.push_back(*output.cost_nanos);
        if (output.latency_us) latencies.push_back(*output.latency_us);
    }
    out.cost = figure_of(costs, 1e9);
    out.latencyMs = figure_of(latencies, 1e3);
    for (auto const& [name, values] : scores_of(of)) {
        auto& score = out.scores[name] = compared(values);
        if (!baseline) continue;
        if (auto const other = baseline->find(name); other != baseline->end())
            score.comparison = compare(values, other->second);
    }
    return out;
}

result<experiment_comparison> compare(std::vector<compared_variant> const& variants, std::optional<uuid> const& wanted)
{
    experiment_comparison out;
    auto const named = [&wanted](compared_variant const& one) { return !wanted || one.id == *wanted; };
    auto const baseline = std::find_if(variants.begin(), variants.end(), named);
    if (baseline == variants.end()) {
        if (wanted) return not_found("baseline: the experiment has no hypothesis or prompt version of that id");
        return out;
    }
    out.baseline = baseline->id.text();
    auto const scores = scores_of(*baseline);
    for (auto const& one : variants) out.variants.push_back(compared(one, &one == &*baseline ? nullptr : &scores));
    return out;
}

asio::awaitable<result<experiment_comparison>> compare_experiment(compare_experiment_request asked, services& with)
{
    auto const id = uuid::parse(asked.experimentId);
    if (!id) co_return not_found("Experiment not found");
    std::optional<uuid> baseline;
    if (asked.baseline) {
        baseline = uuid::parse(*asked.baseline);
        if (!baseline) co_return invalid("baseline: is not a UUID");
    }
    // The statistics take long, too: they are the store's threads' work.
    auto const query = [whose = with.organization, id = *id,
                        baseline](storage::connection& db) -> result<experiment_comparison> {
        auto const variants = storage::compared_variants(db, whose, id);
        if (variants) return compare(*variants, baseline);
        if (variants.error() == storage::errc::not_found) return not_found("Experiment not found");
        return failure(variants.error());
    };
    co_return co_await with.store.read(query);
}

constexpr endpoint experiment_comparison_entries[] = {
    get<compare_experiment>("/v1/experiment/{experimentId}/compare", "CompareExperiment",
                            "What the hypotheses or prompt versions of an experiment come to, beside one of them"),
};
static_assert(each_is_unique(experiment_comparison_entries));

} // namespace

constinit group const experiment_comparison_endpoints{"Experiment", experiment_comparison_entries};

} // namespace weir::api
