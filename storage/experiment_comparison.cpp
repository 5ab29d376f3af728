#include "storage/experiment_comparison.hpp"
#include "storage/experiments.hpp"

#include "storage/collect.hpp"
#include "storage/evaluators.hpp"

namespace weir::storage
{
namespace
{

constexpr std::int64_t most_variants = 1000;

result<std::vector<compared_variant>> find_variants(connection& db, organization_id organization,
                                                    uuid const& experiment)
{
    return collect(
        db.query("SELECT h.id,h.prompt_version_id,h.model,coalesce(v.metadata ->> 'label',''),0 AS place,h.created_us "
                 "FROM hypothesis AS h JOIN prompt_version AS v ON v.id=h.prompt_version_id "
                 "WHERE h.experiment_id=?1 AND h.organization_id=?2 UNION ALL "
                 "SELECT v.id,v.id,coalesce(v.model,''),coalesce(v.metadata ->> 'label',''),v.id<>x.copied_version_id,"
                 "v.created_us FROM experiment_v2 AS x JOIN prompt_version AS v ON v.experiment_id=x.id "
                 "WHERE x.id=?1 AND x.organization_id=?2 ORDER BY 5,6,1 LIMIT ?3",
                 experiment, organization, most_variants),
        [](rows const& row) {
            return compared_variant{.id = row.get<uuid>(0),
                                    .prompt_version = row.get<uuid>(1),
                                    .model = row.get<std::string>(2),
                                    .label = row.get<std::string>(3),
                                    .outputs = {}};
        });
}

result<void> add_outputs(connection& db, uuid const& experiment, compared_variant& to, std::size_t& left)
{
    auto found = db.query("SELECT dataset_row_id,result_request_id,created_us FROM hypothesis_run "
                          "WHERE hypothesis_id=?2 AND result_request_id IS NOT NULL UNION ALL "
                          "SELECT CAST(input_number AS TEXT),request_id,created_us FROM experiment_output "
                          "WHERE experiment_id=?1 AND prompt_version_id=?2 ORDER BY 3,2",
                          experiment, to.id);
    if (!found) return found.error();
    while (found->next()) {
        if (left-- == 0) return make_error_code(errc::too_large);
        to.outputs[found->get<std::string>(0)].request = found->get<uuid>(1);
    }
    return found->error() ? found->error() : result<void>();
}

result<void> count_failed(connection& db, uuid const& experiment, compared_variant& to)
{
    auto const failed =
        first_value<std::int64_t>(db.query("SELECT count(*) FROM run WHERE experiment_id=?1 AND status='failed' "
                                           "AND coalesce(hypothesis_id,prompt_version_id)=?2",
                                           experiment, to.id));
    if (!failed) return failed.error();
    to.failed = *failed;
    return {};
}

result<void> add_call(connection& db, organization_id organization, compared_output& to)
{
    auto const row = find_row(db, organization, to.request);
    if (!row && row.error() != errc::not_found) return row.error();
    if (row) {
        auto found = db.query("SELECT cost_nanos,ended_us-created_us FROM request WHERE id=?1", *row);
        if (!found) return found.error();
        if (found->next()) {
            to.cost_nanos = found->get<std::optional<std::int64_t>>(0);
            to.latency_us = found->get<std::optional<std::int64_t>>(1);
        }
        if (found->error()) return found->error();
    }
    auto scores = collect(db.query("SELECT a.score_key,s.int_value,a.value_type='boolean' FROM score_value AS s "
                                   "JOIN score_attribute AS a ON a.id=s.attribute_id "
                                   "WHERE s.organization_id=?1 AND s.request_id=?2 ORDER BY a.score_key",
                                   organization, to.request),
                          [](rows const& of) {
                              return score{.key = of.get<std::string>(0),
                                           .value = of.get<std::int64_t>(1),
                                           .is_boolean = of.get<bool>(2)};
                          });
    if (!scores) return scores.error();
    to.scores = std::move(*scores);
    return {};
}

} // namespace

result<std::vector<compared_variant>> compared_variants(connection& db, organization_id organization,
                                                        uuid const& experiment)
{
    if (auto const there = require_any_experiment(db, organization, experiment); !there) return there.error();
    auto variants = find_variants(db, organization, experiment);
    if (!variants) return variants;
    auto left = most_compared_outputs;
    for (auto& one : *variants) {
        if (auto const done = add_outputs(db, experiment, one, left); !done) return done.error();
        if (auto const done = count_failed(db, experiment, one); !done) return done.error();
        for (auto& [row, output] : one.outputs)
            if (auto const done = add_call(db, organization, output); !done) return done.error();
    }
    return variants;
}

} // namespace weir::storage
