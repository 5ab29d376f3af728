#include "storage/runs.hpp"

#include "storage/collect.hpp"
#include "storage/random.hpp"
#include "storage/turns.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace weir::storage
{
namespace
{

/// What stands of the run whose call went well.
struct completed_run {
    organization_id organization;
    uuid experiment, version;
    std::int64_t input_number = 0;
    std::optional<uuid> hypothesis, dataset_row;
};

run run_in(rows const& row)
{
    return {.id = row.get<std::int64_t>(0),
            .request_id = row.get<uuid>(1),
            .prompt_version = row.get<uuid>(2),
            .input = row.get<std::optional<uuid>>(3),
            .hypothesis = row.get<std::optional<uuid>>(4),
            .dataset_row = row.get<std::optional<uuid>>(5),
            .status = row.get<std::string>(6),
            .attempts = row.get<std::int64_t>(7),
            .error = row.get<std::string>(8),
            .created_us = row.get<std::int64_t>(9),
            .started_us = row.get<std::optional<std::int64_t>>(10),
            .ended_us = row.get<std::optional<std::int64_t>>(11)};
}

#define WEIR_RUN_COLUMNS                                                                                               \
    "SELECT r.id,r.request_id,r.prompt_version_id,i.id,r.hypothesis_id,r.dataset_row_id,r.status,r.attempts,"          \
    "coalesce(r.error,''),r.created_us,r.started_us,r.ended_us FROM run AS r LEFT JOIN prompt_input AS i "             \
    "ON i.number=r.input_number "

result<run> only_run(result<rows> asked)
{
    auto found = collect(std::move(asked), run_in);
    if (!found) return found.error();
    if (found->empty()) return make_error_code(errc::not_found);
    return std::move(found->front());
}

/// Whether a call can complete a run. Of one that went badly the runner decides what follows.
bool completes(request_record const& call)
{
    return call.status >= 200 && call.status < 300 && call.stream_error.empty() &&
           std::any_of(call.properties.begin(), call.properties.end(),
                       [](auto const& p) { return p.first == experiment_property; });
}

/// A hypothesis none of whose runs waits any more has come to its end, which the newest run of each row says.
result<void> settle_hypothesis(connection& db, uuid const& hypothesis)
{
    return db.execute(
        "UPDATE hypothesis SET status=("
        "SELECT CASE WHEN sum(status='failed') THEN 'FAILED' WHEN sum(status='cancelled') THEN 'CANCELLED'"
        " ELSE 'COMPLETED' END FROM (SELECT status,max(id) FROM run WHERE hypothesis_id=?1 "
        "GROUP BY dataset_row_id)) WHERE id=?1 AND NOT EXISTS ("
        "SELECT 1 FROM run WHERE hypothesis_id=?1 AND status IN ('queued','running'))",
        hypothesis);
}

/// The answer of a hypothesis on a row of its dataset, in the list of its runs and in the cells of tables that show it.
result<void> keep_hypothesis_run(connection& db, completed_run const& of, request_record const& call)
{
    auto const id = random_uuid();
    if (!id) return id.error();
    auto done = db.execute("INSERT INTO hypothesis_run (id,organization_id,hypothesis_id,dataset_row_id,"
                           "result_request_id,created_us) VALUES (?1,?2,?3,?4,?5,?6)",
                           *id, of.organization, *of.hypothesis, of.dataset_row, call.request_id, call.ended_us);
    if (!done) return done;
    done = db.execute("UPDATE experiment_cell SET value=?3,status='completed' WHERE column_id IN ("
                      "SELECT c.id FROM experiment_table AS t JOIN experiment_column AS c ON c.table_id=t.id "
                      "WHERE t.experiment_id=?1 AND c.metadata ->> 'hypothesisId'=?2) "
                      "AND metadata ->> 'datasetRowId'=?4",
                      of.experiment, of.hypothesis->text(), call.request_id.text(),
                      of.dataset_row ? std::optional(of.dataset_row->text()) : std::nullopt);
    if (!done) return done;
    return settle_hypothesis(db, *of.hypothesis);
}

result<void> keep_output(connection& db, completed_run const& of, request_record const& call)
{
    return db.execute("INSERT INTO experiment_output (experiment_id,input_number,prompt_version_id,request_id,"
                      "is_original,created_us) VALUES (?1,?2,?3,?4,0,?5) "
                      "ON CONFLICT (experiment_id,input_number,prompt_version_id) "
                      "DO UPDATE SET request_id=excluded.request_id,is_original=0",
                      of.experiment, of.input_number, of.version, call.request_id, call.ended_us);
}

result<void> settle_hypothesis_of(connection& db, std::int64_t run)
{
    auto const hypothesis =
        first_value<std::optional<uuid>>(db.query("SELECT hypothesis_id FROM run WHERE id=?1", run));
    if (!hypothesis) return hypothesis.error();
    if (!*hypothesis) return {};
    return settle_hypothesis(db, **hypothesis);
}

/// The call that the prompt's inputs came from: of the run's own inputs, else of the newest of its version, else of the
/// version that this was derived from.
constexpr std::string_view source_row =
    "coalesce(i.source_row_id,"
    "(SELECT s.source_row_id FROM prompt_input AS s WHERE s.prompt_version_id=v.id AND s.source_row_id IS NOT NULL "
    "ORDER BY s.created_us DESC LIMIT 1),"
    "(SELECT s.source_row_id FROM prompt_input AS s WHERE s.prompt_version_id=v.parent_version_id "
    "AND s.source_row_id IS NOT NULL ORDER BY s.created_us DESC LIMIT 1))";

result<std::vector<waiting_organization>> organizations_with_runs(connection& db)
{
    return collect(db.query("WITH RECURSIVE waiting(id) AS (SELECT min(organization_id) FROM run WHERE status='queued' "
                            "UNION ALL SELECT (SELECT min(organization_id) FROM run WHERE status='queued' "
                            "AND organization_id>waiting.id) FROM waiting WHERE waiting.id IS NOT NULL) "
                            "SELECT w.id,(SELECT count(*) FROM run WHERE status='running' AND organization_id=w.id) "
                            "FROM waiting AS w WHERE w.id IS NOT NULL ORDER BY w.id"),
                   [](rows const& row) {
                       return waiting_organization{row.get<organization_id>(0), row.get<std::int64_t>(1)};
                   });
}

/// The run of an organisation that is to begin next; none when none is due.
result<std::optional<std::int64_t>> next_run(connection& db, organization_id organization, std::int64_t now_us)
{
    auto const found =
        collect_column<std::int64_t>(db.query("SELECT id FROM run WHERE organization_id=?1 AND status='queued' "
                                              "AND next_try_us<=?2 ORDER BY next_try_us,id LIMIT 1",
                                              organization, now_us));
    if (!found) return found.error();
    return found->empty() ? std::nullopt : std::optional(found->front());
}

/// Marks a run as running, and loads what its call needs; nothing when that is not there.
result<std::vector<begun_run>> begin_run(connection& db, std::int64_t id, std::int64_t now_us)
{
    auto const done =
        db.execute("UPDATE run SET status='running',attempts=attempts+1,started_us=?2 WHERE id=?1", id, now_us);
    if (!done) return done.error();
    return collect(
        db.query("SELECT r.id,r.organization_id,r.experiment_id,r.request_id,r.attempts,v.template,"
                 "coalesce(h.model,''),coalesce(i.inputs,'{}'),coalesce(i.auto_inputs,'[]'),h.provider_key_id,"
                 "coalesce(n.metadata ->> 'provider',''),coalesce(n.model,''),"
                 "coalesce(c.provider,''),coalesce(c.request_model,c.model,''),coalesce(c.path,'') "
                 "FROM run AS r JOIN prompt_version AS v ON v.id=r.prompt_version_id "
                 "LEFT JOIN experiment_v2 AS e ON e.id=r.experiment_id "
                 "LEFT JOIN prompt_version AS n ON n.id=CASE WHEN v.metadata ->> 'provider' IS NULL "
                 "THEN e.original_version_id ELSE v.id END "
                 "LEFT JOIN hypothesis AS h ON h.id=r.hypothesis_id "
                 "LEFT JOIN prompt_input AS i ON i.number=r.input_number "
                 "LEFT JOIN request AS c ON c.id=" +
                     std::string(source_row) + " WHERE r.id=?1",
                 id),
        [](rows const& row) {
            return begun_run{.id = row.get<std::int64_t>(0),
                             .organization = row.get<organization_id>(1),
                             .experiment = row.get<uuid>(2),
                             .request_id = row.get<uuid>(3),
                             .attempts = row.get<std::int64_t>(4),
                             .content = row.get<std::string>(5),
                             .model = row.get<std::string>(6),
                             .inputs = row.get<std::string>(7),
                             .auto_inputs = row.get<std::string>(8),
                             .provider_key = row.get<std::optional<uuid>>(9),
                             .version_provider = row.get<std::string>(10),
                             .version_model = row.get<std::string>(11),
                             .source_provider = row.get<std::string>(12),
                             .source_model = row.get<std::string>(13),
                             .path = row.get<std::string>(14)};
        });
}

} // namespace

result<std::vector<uuid>> queue_runs(connection& db, organization_id organization, std::span<new_run const> runs,
                                     std::int64_t now_us)
{
    std::vector<uuid> ids;
    ids.reserve(runs.size());
    for (auto const& one : runs) {
        auto const id = random_uuid();
        if (!id) return id.error();
        auto done = db.execute("INSERT INTO run (organization_id,experiment_id,prompt_version_id,input_number,"
                               "hypothesis_id,dataset_row_id,request_id,status,attempts,next_try_us,created_us) "
                               "VALUES (?1,?2,?3,?4,?5,?6,?7,'queued',0,?8,?8)",
                               organization, one.experiment, one.prompt_version, one.input_number, one.hypothesis,
                               one.dataset_row, *id, now_us);
        if (!done) return done.error();
        if (one.hypothesis) {
            done =
                db.execute("UPDATE hypothesis SET status='RUNNING' WHERE id=?1 AND status<>'RUNNING'", *one.hypothesis);
            if (!done) return done.error();
        }
        ids.push_back(*id);
    }
    return ids;
}

result<run_counts> count_runs(connection& db, organization_id organization, uuid const& experiment)
{
    auto found = db.query("SELECT status,count(*) FROM run WHERE experiment_id=?1 AND organization_id=?2 "
                          "GROUP BY status",
                          experiment, organization);
    if (!found) return found.error();
    run_counts counts;
    while (found->next()) {
        auto const status = found->get<std::string>(0);
        auto const n = found->get<std::int64_t>(1);
        if (status == "queued") counts.queued = n;
        if (status == "running") counts.running = n;
        if (status == "completed") counts.completed = n;
        if (status == "failed") counts.failed = n;
        if (status == "cancelled") counts.cancelled = n;
    }
    if (found->error()) return found->error();
    return counts;
}

result<std::vector<run>> list_runs(connection& db, organization_id organization, uuid const& experiment,
                                   run_query const& query)
{
    return collect(db.query(WEIR_RUN_COLUMNS "WHERE r.experiment_id=?1 AND r.organization_id=?2 AND r.id>?3 "
                                             "AND (?4='' OR r.status=?4) ORDER BY r.id LIMIT ?5",
                            experiment, organization, query.after, query.status, query.most),
                   run_in);
}

result<run> find_run(connection& db, organization_id organization, uuid const& request_id)
{
    return only_run(
        db.query(WEIR_RUN_COLUMNS "WHERE r.request_id=?1 AND r.organization_id=?2", request_id, organization));
}

result<run> find_run(connection& db, organization_id organization, std::int64_t id)
{
    return only_run(db.query(WEIR_RUN_COLUMNS "WHERE r.id=?1 AND r.organization_id=?2", id, organization));
}

result<std::int64_t> cancel_runs(connection& db, organization_id organization, uuid const& experiment,
                                 std::int64_t now_us)
{
    auto const done = db.execute("UPDATE run SET status='cancelled',ended_us=?3 WHERE experiment_id=?1 "
                                 "AND organization_id=?2 AND status IN ('queued','running')",
                                 experiment, organization, now_us);
    if (!done) return done.error();
    auto const cancelled = db.changes();
    auto const hypotheses = collect_column<uuid>(
        db.query("SELECT id FROM hypothesis WHERE experiment_id=?1 AND organization_id=?2 AND status='RUNNING'",
                 experiment, organization));
    if (!hypotheses) return hypotheses.error();
    for (auto const& one : *hypotheses)
        if (auto const settled = settle_hypothesis(db, one); !settled) return settled.error();
    return cancelled;
}

result<void> end_run(connection& db, request_record const& call)
{
    if (!completes(call)) return {};
    auto const found = collect(db.query("UPDATE run SET status='completed',error=NULL,ended_us=?3 WHERE request_id=?1 "
                                        "AND organization_id=?2 AND status='running' RETURNING experiment_id,"
                                        "prompt_version_id,input_number,hypothesis_id,dataset_row_id",
                                        call.request_id, call.organization, call.ended_us),
                               [&](rows const& row) {
                                   return completed_run{.organization = call.organization,
                                                        .experiment = row.get<uuid>(0),
                                                        .version = row.get<uuid>(1),
                                                        .input_number = row.get<std::int64_t>(2),
                                                        .hypothesis = row.get<std::optional<uuid>>(3),
                                                        .dataset_row = row.get<std::optional<uuid>>(4)};
                               });
    if (!found) return found.error();
    for (auto const& one : *found)
        if (auto const kept = one.hypothesis ? keep_hypothesis_run(db, one, call) : keep_output(db, one, call); !kept)
            return kept;
    return {};
}

result<bool> is_run_due(connection& db, std::int64_t now_us)
{
    return is_any(db.query("SELECT 1 FROM run WHERE status='queued' AND next_try_us<=?1 LIMIT 1", now_us));
}

result<std::vector<begun_run>> begin_runs(connection& db, std::int64_t now_us, organization_id after, std::int64_t most)
{
    auto waiting = organizations_with_runs(db);
    if (!waiting) return waiting.error();
    std::vector<begun_run> begun;
    while (!waiting->empty() && static_cast<std::int64_t>(begun.size()) < most) {
        auto const next = next_in_turn(*waiting, after);
        auto const id = next_run(db, next->id, now_us);
        if (!id) return id.error();
        if (!*id) {
            waiting->erase(next);
            continue;
        }
        auto one = begin_run(db, **id, now_us);
        if (!one) return one.error();
        for (auto& found : *one) begun.push_back(std::move(found));
        ++next->running;
        after = next->id;
    }
    return begun;
}

result<void> retry_run(connection& db, std::int64_t id, std::string const& reason, std::int64_t next_try_us)
{
    auto const fresh = random_uuid();
    if (!fresh) return fresh.error();
    return db.execute("UPDATE run SET status='queued',request_id=?2,error=?3,next_try_us=?4 "
                      "WHERE id=?1 AND status='running'",
                      id, *fresh, reason, next_try_us);
}

result<void> fail_run(connection& db, std::int64_t id, std::string const& reason, std::int64_t now_us)
{
    auto const done = db.execute("UPDATE run SET status='failed',error=?2,ended_us=?3 WHERE id=?1 AND status='running'",
                                 id, reason, now_us);
    if (!done) return done;
    return settle_hypothesis_of(db, id);
}

result<std::int64_t> requeue_interrupted_runs(connection& db, std::int64_t now_us)
{
    auto const left = collect_column<std::int64_t>(db.query("SELECT id FROM run WHERE status='running'"));
    if (!left) return left.error();
    for (auto const id : *left)
        if (auto const done = retry_run(db, id, "weir ended before the call did", now_us); !done) return done.error();
    return static_cast<std::int64_t>(left->size());
}

result<std::vector<std::int64_t>> ended_runs(connection& db, std::span<std::int64_t const> ids)
{
    std::vector<std::int64_t> ended;
    for (auto const id : ids) {
        auto const running = is_any(db.query("SELECT 1 FROM run WHERE id=?1 AND status='running'", id));
        if (!running) return running.error();
        if (!*running) ended.push_back(id);
    }
    return ended;
}

} // namespace weir::storage
