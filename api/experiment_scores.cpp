#include "api/experiment_scores.hpp"

#include "pricing/cost.hpp"

#include <algorithm>
#include <optional>

namespace weir::api
{
namespace
{

constexpr double unknown = -1;

std::string_view type_of(storage::score const& one) { return one.is_boolean ? "boolean" : "number"; }

score_entry number(double value) { return {.valueType = "number", .value = value}; }

struct mean {
    double sum = 0;
    std::size_t count = 0;

    void add(double value)
    {
        sum += value;
        ++count;
    }
    double value() const { return count == 0 ? unknown : sum / static_cast<double>(count); }
};

/// The scores of all calls together. One by the name of a figure takes its place.
void merge_means(std::vector<storage::request_row const*> const& calls, score_entries& to)
{
    std::vector<std::pair<storage::score const*, mean>> means;
    for (auto const* call : calls)
        for (auto const& one : call->scores) {
            auto at = std::ranges::find_if(means, [&one](auto const& m) { return m.first->key == one.key; });
            if (at == means.end()) at = means.emplace(means.end(), &one, mean());
            at->second.add(static_cast<double>(one.value));
        }
    for (auto const& [first, value] : means) {
        score_entry made{.valueType = std::string(type_of(*first)), .value = value.value()};
        auto const at = std::ranges::find_if(to, [&](auto const& e) { return e.first == first->key; });
        if (at == to.end())
            to.emplace_back(first->key, std::move(made));
        else
            at->second = std::move(made);
    }
}

} // namespace

score_entries scores_of(storage::request_row const& call)
{
    score_entries all;
    for (auto const& one : call.scores)
        all.emplace_back(one.key,
                         score_entry{.valueType = std::string(type_of(one)), .value = static_cast<double>(one.value)});
    return all;
}

score_entries mean_scores(std::vector<storage::request_row const*> const& calls, std::string date_created,
                          std::string model)
{
    constexpr double us_in_ms = 1e3;
    mean cost, latency;
    for (auto const* call : calls) {
        auto const& row = call->record;
        if (row.cost.nanos) cost.add(static_cast<double>(*row.cost.nanos) / pricing::nanos_of_dollar);
        if (row.status != storage::status::pending)
            latency.add(static_cast<double>(row.ended_us - row.created_us) / us_in_ms);
    }
    score_entries all;
    all.emplace_back("dateCreated", score_entry{.valueType = "date", .value = std::move(date_created)});
    all.emplace_back("model", score_entry{.valueType = "string", .value = std::move(model)});
    all.emplace_back("cost", number(cost.value()));
    all.emplace_back("latency", number(latency.value()));
    merge_means(calls, all);
    return all;
}

score_entries no_scores()
{
    return {{"model", {.valueType = "string", .value = std::string("No data")}},
            {"cost", number(unknown)},
            {"latency", number(unknown)}};
}

} // namespace weir::api
