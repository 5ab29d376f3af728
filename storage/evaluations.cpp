#include "storage/evaluations.hpp"

#include "storage/collect.hpp"
#include "storage/json_text.hpp"
#include "storage/judgements.hpp"
#include "storage/report_rows.hpp"
#include "storage/runs.hpp"

#include <algorithm>
#include <strings.h>

namespace weir::storage
{
namespace
{

/// Outputs `o` of experiment ?1, which is organisation ?2's, and evaluators `e` whose scores they lack: by either of
/// the names that these may have.
#define WEIR_LACKING                                                                                                   \
    "FROM (SELECT request_id FROM experiment_output WHERE experiment_id=?1 UNION "                                     \
    "SELECT r.result_request_id FROM hypothesis AS h JOIN hypothesis_run AS r ON r.hypothesis_id=h.id "                \
    "WHERE h.experiment_id=?1 AND r.result_request_id IS NOT NULL) AS o "                                              \
    "JOIN experiment_evaluator AS l ON l.experiment_id=?1 "                                                            \
    "JOIN evaluator AS e ON e.id=l.evaluator_id AND e.organization_id=?2 "                                             \
    "WHERE NOT EXISTS (SELECT 1 FROM score_attribute AS a JOIN score_value AS s "                                      \
    "ON s.organization_id=?2 AND s.request_id=o.request_id AND s.attribute_id=a.id "                                   \
    "WHERE a.organization_id=?2 AND a.score_key IN (e.score_name,e.score_name||?3)) "

bool is_called(std::string const& name, std::string_view what)
{
    return name.size() == what.size() && ::strncasecmp(name.data(), what.data(), what.size()) == 0;
}

/// Whether a call is an experiment's, a judge's or a report's.
bool is_own(request_record const& call)
{
    return std::any_of(call.properties.begin(), call.properties.end(), [](auto const& p) {
        return is_called(p.first, experiment_property) || is_called(p.first, evaluator_property) ||
               is_called(p.first, report_property);
    });
}

/// Takes the inputs with which the call was made, and the template that they filled.
result<void> add_prompt(connection& db, organization_id organization, uuid const& request, row_id row,
                        evaluated_call& to)
{
    auto found = db.query("SELECT i.inputs,i.auto_inputs,v.template FROM ("
                          "SELECT prompt_version_id AS version,input_number AS number FROM run "
                          "WHERE request_id=?1 AND organization_id=?2 UNION ALL "
                          "SELECT prompt_version_id,number FROM prompt_input "
                          "WHERE organization_id=?2 AND source_row_id=?3 LIMIT 1) AS c "
                          "JOIN prompt_version AS v ON v.id=c.version JOIN prompt_input AS i ON i.number=c.number",
                          request, organization, row);
    if (!found) return found.error();
    if (!found->next()) return found->error() ? found->error() : result<void>();
    to.inputs = found->get<std::string>(0);
    to.auto_inputs = found->get<std::string>(1);
    to.prompt_template = found->get<std::optional<std::string>>(2);
    return {};
}

} // namespace

result<std::int64_t> queue_evaluations(connection& db, organization_id organization, uuid const& experiment,
                                       std::int64_t now_us)
{
    // What is due at 0 comes before all live traffic. One that waits for another try goes on waiting.
    auto const done = db.execute("INSERT INTO evaluation (organization_id,evaluator_id,request_id,experiment_id,"
                                 "attempts,next_try_us) SELECT ?2,e.id,o.request_id,?1,0,0 " WEIR_LACKING
                                 "ON CONFLICT (evaluator_id,request_id) DO UPDATE SET experiment_id=?1,"
                                 "next_try_us=CASE WHEN next_try_us<=?4 THEN 0 ELSE next_try_us END",
                                 experiment, organization, boolean_suffix, now_us);
    if (!done) return done.error();
    return count_evaluations(db, organization, experiment);
}

result<bool> lacks_scores(connection& db, organization_id organization, uuid const& experiment)
{
    return is_any(db.query("SELECT 1 " WEIR_LACKING "LIMIT 1", experiment, organization, boolean_suffix));
}

result<std::vector<lacking_scores>> find_lacking_scores(connection& db, organization_id organization,
                                                        uuid const& experiment)
{
    return collect(db.query("SELECT e.id,e.name,count(*) " WEIR_LACKING "GROUP BY e.id,e.name ORDER BY e.name,e.id "
                            "LIMIT ?4",
                            experiment, organization, boolean_suffix, most_evaluators),
                   [](rows const& row) {
                       return lacking_scores{row.get<uuid>(0), row.get<std::string>(1), row.get<std::int64_t>(2)};
                   });
}

result<std::int64_t> drop_evaluations(connection& db, organization_id organization, uuid const& experiment)
{
    auto const done =
        db.execute("DELETE FROM evaluation WHERE experiment_id=?1 AND organization_id=?2", experiment, organization);
    if (!done) return done.error();
    return db.changes();
}

result<std::int64_t> count_evaluations(connection& db, organization_id organization, uuid const& experiment)
{
    return first_value<std::int64_t>(db.query(
        "SELECT count(*) FROM evaluation WHERE experiment_id=?1 AND organization_id=?2", experiment, organization));
}

result<void> add_live_evaluations(connection& db, request_record const& call, std::int64_t now_us)
{
    if (call.status < 200 || call.status > 299 || is_own(call)) return {};
    return db.execute(
        "INSERT INTO evaluation (organization_id,evaluator_id,request_id,attempts,next_try_us) "
        "SELECT o.organization_id,o.evaluator_id,?1,0,?4 FROM online_evaluator AS o "
        "WHERE o.organization_id=?2 "
        "AND (random() & 0xFFFFFFFF) < o.config ->> 'sampleRate' * 42949672.96 "
        "AND NOT EXISTS (SELECT 1 FROM json_each(o.config, '$.propertyFilters') AS f WHERE NOT EXISTS ("
        "SELECT 1 FROM json_each(?3) AS p WHERE p.key = f.value ->> 'key' COLLATE NOCASE AND p.value = f.value ->> "
        "'value')) ON CONFLICT DO NOTHING",
        call.request_id, call.organization, to_json(call.properties), now_us);
}

result<std::vector<due_evaluator>> due_evaluators(connection& db, std::int64_t now_us, organization_id after,
                                                  std::int64_t limit)
{
    return collect(db.query("WITH waiting AS MATERIALIZED (SELECT id,organization_id,(SELECT min(v.next_try_us) "
                            "FROM evaluation AS v WHERE v.evaluator_id=evaluator.id) AS first FROM evaluator),"
                            "due AS MATERIALIZED (SELECT id,row_number() OVER (PARTITION BY organization_id "
                            "ORDER BY first,id) AS turn FROM waiting WHERE first<=?1) "
                            "SELECT e.organization_id,e.id,e.name,e.score_name,e.scoring_type,e.llm_template,"
                            "e.code_template,e.last_mile_config FROM due JOIN evaluator AS e ON e.id=due.id "
                            "ORDER BY due.turn,e.organization_id<=?2,e.organization_id LIMIT ?3",
                            now_us, after, limit),
                   [](rows const& row) {
                       due_evaluator found{.owner = row.get<organization_id>(0), .who = {}};
                       found.who.id = row.get<uuid>(1);
                       found.who.name = row.get<std::string>(2);
                       found.who.score_name = row.get<std::string>(3);
                       found.who.scoring_type = row.get<std::string>(4);
                       found.who.llm_template = row.get<std::optional<std::string>>(5);
                       found.who.code_template = row.get<std::optional<std::string>>(6);
                       found.who.last_mile_config = row.get<std::optional<std::string>>(7);
                       return found;
                   });
}

result<std::vector<evaluation>> due_evaluations(connection& db, uuid const& evaluator, std::int64_t now_us,
                                                std::int64_t limit)
{
    return collect(db.query("SELECT id,request_id,attempts FROM evaluation WHERE evaluator_id=?1 AND next_try_us<=?2 "
                            "ORDER BY next_try_us,id LIMIT ?3",
                            evaluator, now_us, limit),
                   [](rows const& row) {
                       return evaluation{
                           .id = row.get<std::int64_t>(0), .request = row.get<uuid>(1), .attempts = row.get<int>(2)};
                   });
}

result<evaluated_call> find_evaluated_call(connection& db, organization_id organization, uuid const& request)
{
    auto const row = find_row(db, organization, request);
    if (!row) return row.error();
    auto content = find_bodies(db, *row);
    if (!content) return content.error();
    evaluated_call found{.content = std::move(*content)};
    if (auto const done = add_prompt(db, organization, request, *row, found); !done) return done.error();
    return found;
}

result<void> finish_evaluation(connection& db, due_evaluator const& by, evaluation const& what, score const& given,
                               std::int64_t now_us)
{
    if (auto const done = delete_evaluation(db, what.id); !done) return done;
    if (db.changes() == 0) return {};
    if (auto const done = add_scores(db, by.owner, what.request, {&given, 1}, now_us); !done) return done;
    return db.execute("UPDATE score_attribute SET evaluator_id=?1 WHERE organization_id=?2 AND score_key=?3", by.who.id,
                      by.owner, given.key + std::string(given.is_boolean ? boolean_suffix : ""));
}

result<void> delete_evaluation(connection& db, std::int64_t id)
{
    return db.execute("DELETE FROM evaluation WHERE id=?1", id);
}

result<void> postpone_evaluation(connection& db, std::int64_t id, std::int64_t next_try_us)
{
    return db.execute("UPDATE evaluation SET attempts=attempts+1,next_try_us=?2 WHERE id=?1", id, next_try_us);
}

result<std::int64_t> drop_excess_evaluations(connection& db, std::int64_t most)
{
    auto const done = db.execute("WITH newest AS MATERIALIZED (SELECT e.id AS evaluator_id,(SELECT v.id "
                                 "FROM evaluation AS v WHERE v.evaluator_id=e.id AND v.experiment_id IS NULL "
                                 "ORDER BY v.id DESC LIMIT 1 OFFSET ?1) AS before FROM evaluator AS e) "
                                 "DELETE FROM evaluation WHERE experiment_id IS NULL AND id<=("
                                 "SELECT before FROM newest WHERE newest.evaluator_id=evaluation.evaluator_id)",
                                 most);
    if (!done) return done.error();
    return db.changes();
}

result<std::int64_t> count_all_evaluations(connection& db)
{
    return first_value<std::int64_t>(db.query("SELECT count(*) FROM evaluation"));
}

} // namespace weir::storage
