#pragma once

#include "storage/errors.hpp"
#include "storage/evaluators.hpp"
#include "storage/request_record.hpp"
#include "storage/requests.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Which calls evaluators are still to score.
namespace weir::storage
{

class connection;

/// The property of calls that ask a judge: the evaluator's name. They are never scored themselves.
inline constexpr std::string_view evaluator_property = "Helicone-Evaluator";

/// Queues each output of an experiment, of either kind, for each of its evaluators whose score it lacks. Returns how
/// many wait then. Inside a transaction.
result<std::int64_t> queue_evaluations(connection& db, organization_id organization, uuid const& experiment,
                                       std::int64_t now_us);

/// Whether an output of an experiment lacks the score of one of its evaluators.
result<bool> lacks_scores(connection& db, organization_id organization, uuid const& experiment);

/// How many outputs of an experiment lack the score of one of its evaluators.
struct lacking_scores {
    uuid evaluator;
    std::string name;
    std::int64_t outputs = 0;
};

/// Of each evaluator that has not scored all, by their names.
result<std::vector<lacking_scores>> find_lacking_scores(connection& db, organization_id organization,
                                                        uuid const& experiment);

/// Has those evaluations of an experiment that wait wait no more; returns how many.
result<std::int64_t> drop_evaluations(connection& db, organization_id organization, uuid const& experiment);

/// How many evaluations of an experiment wait.
result<std::int64_t> count_evaluations(connection& db, organization_id organization, uuid const& experiment);

/// Queues a call for those of the organisation's evaluators that look at live traffic and choose it: by their share of
/// calls and by the properties that a call must have. Only what went well is scored, and never a call that is an
/// experiment's, a judge's or a report's. Inside the transaction that writes the call.
result<void> add_live_evaluations(connection& db, request_record const& call, std::int64_t now_us);

/// A call that an evaluator is to score.
struct evaluation {
    std::int64_t id = 0;
    uuid request;
    int attempts = 0; ///< that failed
};

/// An evaluator for which something is due.
struct due_evaluator {
    organization_id owner{};
    evaluator who;
};

/// Those of all organisations in turn: of each the one for which something waits longest, then of each the next, and so
/// on; at most `limit`. The turns begin behind the organisation `after`.
result<std::vector<due_evaluator>> due_evaluators(connection& db, std::int64_t now_us, organization_id after,
                                                  std::int64_t limit);

/// What is due for one evaluator: what experiments wait for, then live traffic, oldest first.
result<std::vector<evaluation>> due_evaluations(connection& db, uuid const& evaluator, std::int64_t now_us,
                                                std::int64_t limit);

/// What an evaluator sees of a call.
struct evaluated_call {
    bodies content;
    std::string inputs = "{}", auto_inputs = "[]"; ///< of the prompt; JSON
    std::optional<std::string> prompt_template{};  ///< JSON
};

/// errc::not_found when the call is gone, or no bodies of it are kept.
result<evaluated_call> find_evaluated_call(connection& db, organization_id organization, uuid const& request);

/// Gives the call its score and forgets the evaluation; if that is gone already, the score is not given. Inside a
/// transaction.
result<void> finish_evaluation(connection& db, due_evaluator const& by, evaluation const& what, score const& given,
                               std::int64_t now_us);

/// Forgets an evaluation: it was given up.
result<void> delete_evaluation(connection& db, std::int64_t id);

/// Puts an evaluation off after another failure.
result<void> postpone_evaluation(connection& db, std::int64_t id, std::int64_t next_try_us);

/// Forgets, of each evaluator for which more than `most` calls of live traffic wait, the oldest; returns how many.
result<std::int64_t> drop_excess_evaluations(connection& db, std::int64_t most);

/// How many evaluations wait.
result<std::int64_t> count_all_evaluations(connection& db);

} // namespace weir::storage
