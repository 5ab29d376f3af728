#include "storage/evaluators.hpp"

#include "storage/collect.hpp"
#include "storage/random.hpp"

namespace weir::storage
{
namespace
{

#define WEIR_EVALUATORS                                                                                                \
    "SELECT e.id,o.public_id,e.name,e.score_name,e.scoring_type,e.llm_template,e.code_template,e.last_mile_config,"    \
    "e.created_us,e.updated_us FROM evaluator AS e JOIN organization AS o ON o.id=e.organization_id "

evaluator evaluator_in(rows const& row)
{
    return {.id = row.get<uuid>(0),
            .organization = row.get<std::string>(1),
            .name = row.get<std::string>(2),
            .score_name = row.get<std::string>(3),
            .scoring_type = row.get<std::string>(4),
            .llm_template = row.get<std::optional<std::string>>(5),
            .code_template = row.get<std::optional<std::string>>(6),
            .last_mile_config = row.get<std::optional<std::string>>(7),
            .created_us = row.get<std::int64_t>(8),
            .updated_us = row.get<std::int64_t>(9)};
}

} // namespace

result<evaluator> add_evaluator(connection& db, organization_id organization, evaluator const& what,
                                std::int64_t now_us)
{
    auto const id = random_uuid();
    if (!id) return id.error();
    auto const done =
        db.execute("INSERT INTO evaluator (id,organization_id,name,score_name,scoring_type,llm_template,code_template,"
                   "last_mile_config,created_us,updated_us) SELECT ?1,?2,?3,?4,?5,?6,?7,?8,?9,?9 "
                   "WHERE (SELECT count(*) FROM evaluator WHERE organization_id=?2)<?10",
                   *id, organization, what.name, what.score_name, what.scoring_type, what.llm_template,
                   what.code_template, what.last_mile_config, now_us, most_evaluators);
    if (!done) return done.error();
    if (db.changes() == 0) return make_error_code(errc::conflict);
    return find_evaluator(db, organization, *id);
}

result<evaluator> find_evaluator(connection& db, organization_id organization, uuid const& id)
{
    auto found = db.query(WEIR_EVALUATORS "WHERE e.id=?1 AND e.organization_id=?2", id, organization);
    if (!found) return found.error();
    if (!found->next()) return found->error() ? found->error() : make_error_code(errc::not_found);
    return evaluator_in(*found);
}

result<std::vector<evaluator>> list_evaluators(connection& db, organization_id organization)
{
    return collect(db.query(WEIR_EVALUATORS "WHERE e.organization_id=?1 ORDER BY e.created_us DESC,e.id LIMIT ?2",
                            organization, most_evaluators),
                   evaluator_in);
}

result<evaluator> change_evaluator(connection& db, organization_id organization, uuid const& id,
                                   evaluator_change const& what, std::int64_t now_us)
{
    auto const done =
        db.execute("UPDATE evaluator SET name=coalesce(?3,name),score_name=coalesce(?4,score_name),"
                   "scoring_type=coalesce(?5,scoring_type),llm_template=coalesce(?6,llm_template),"
                   "code_template=coalesce(?7,code_template),last_mile_config=coalesce(?8,last_mile_config),"
                   "updated_us=?9 WHERE id=?1 AND organization_id=?2",
                   id, organization, what.name, what.score_name, what.scoring_type, what.llm_template,
                   what.code_template, what.last_mile_config, now_us);
    if (auto const changed = changed_one(db, done); !changed) return changed.error();
    return find_evaluator(db, organization, id);
}

result<void> delete_evaluator(connection& db, organization_id organization, uuid const& id)
{
    if (auto const there = find_evaluator(db, organization, id); !there) return there.error();
    for (std::string_view const statement : {
             "DELETE FROM evaluation WHERE evaluator_id=?1",
             "DELETE FROM experiment_evaluator WHERE evaluator_id=?1",
             "DELETE FROM online_evaluator WHERE evaluator_id=?1",
             "UPDATE score_attribute SET evaluator_id=NULL WHERE evaluator_id=?1",
             "DELETE FROM evaluator WHERE id=?1",
         })
        if (auto const done = db.execute(statement, id); !done) return done;
    return {};
}

result<std::vector<evaluator>> experiment_evaluators(connection& db, organization_id organization,
                                                     uuid const& experiment)
{
    return collect(db.query(WEIR_EVALUATORS "JOIN experiment_evaluator AS l ON l.evaluator_id=e.id "
                                            "WHERE l.experiment_id=?1 AND e.organization_id=?2 "
                                            "ORDER BY l.created_us,e.id LIMIT ?3",
                            experiment, organization, most_evaluators),
                   evaluator_in);
}

result<void> link_evaluator(connection& db, organization_id organization, uuid const& experiment, uuid const& evaluator,
                            std::int64_t now_us)
{
    if (auto const there = find_evaluator(db, organization, evaluator); !there) return there.error();
    return db.execute("INSERT INTO experiment_evaluator (experiment_id,evaluator_id,created_us) VALUES (?1,?2,?3) "
                      "ON CONFLICT DO NOTHING",
                      experiment, evaluator, now_us);
}

result<void> unlink_evaluator(connection& db, uuid const& experiment, uuid const& evaluator)
{
    auto const done =
        db.execute("DELETE FROM evaluation WHERE experiment_id=?1 AND evaluator_id=?2", experiment, evaluator);
    if (!done) return done;
    return db.execute("DELETE FROM experiment_evaluator WHERE experiment_id=?1 AND evaluator_id=?2", experiment,
                      evaluator);
}

result<std::vector<evaluated_experiment>> evaluated_experiments(connection& db, organization_id organization,
                                                                uuid const& evaluator)
{
    return collect(db.query("SELECT x.id,x.name,x.created_us FROM experiment_evaluator AS l "
                            "JOIN experiment_v2 AS x ON x.id=l.experiment_id "
                            "WHERE l.evaluator_id=?1 AND x.organization_id=?2 AND x.deleted_us IS NULL "
                            "ORDER BY x.created_us DESC,x.id LIMIT ?3",
                            evaluator, organization, most_evaluated_experiments),
                   [](rows const& row) {
                       return evaluated_experiment{.id = row.get<uuid>(0),
                                                   .name = row.get<std::string>(1),
                                                   .created_us = row.get<std::int64_t>(2)};
                   });
}

result<void> add_online_evaluator(connection& db, organization_id organization, uuid const& evaluator,
                                  std::string const& config, std::int64_t now_us)
{
    if (auto const there = find_evaluator(db, organization, evaluator); !there) return there.error();
    auto const done = db.execute("INSERT INTO online_evaluator (organization_id,evaluator_id,config,created_us) "
                                 "SELECT ?1,?2,?3,?4 "
                                 "WHERE (SELECT count(*) FROM online_evaluator WHERE organization_id=?1)<?5",
                                 organization, evaluator, config, now_us, most_online_evaluators);
    if (done && db.changes() == 0) return make_error_code(errc::conflict);
    return done;
}

result<std::vector<online_evaluator>> list_online_evaluators(connection& db, organization_id organization,
                                                             uuid const& evaluator)
{
    return collect(db.query("SELECT id,config FROM online_evaluator WHERE organization_id=?1 AND evaluator_id=?2 "
                            "ORDER BY id LIMIT ?3",
                            organization, evaluator, most_online_evaluators),
                   [](rows const& row) {
                       return online_evaluator{.id = row.get<std::int64_t>(0), .config = row.get<std::string>(1)};
                   });
}

result<void> delete_online_evaluator(connection& db, organization_id organization, uuid const& evaluator,
                                     std::int64_t id)
{
    return changed_one(db,
                       db.execute("DELETE FROM online_evaluator WHERE id=?1 AND evaluator_id=?2 AND organization_id=?3",
                                  id, evaluator, organization));
}

result<std::set<organization_id>> organizations_with_online_evaluators(connection& db)
{
    auto const all = collect_column<organization_id>(
        db.query("SELECT DISTINCT organization_id FROM online_evaluator ORDER BY organization_id"));
    if (!all) return all.error();
    return std::set<organization_id>(all->begin(), all->end());
}

} // namespace weir::storage
