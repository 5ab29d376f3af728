#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"
#include "storage/requests.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What is said of calls afterwards: scores by name, and a user's feedback. Kept by the request's public id, so that
/// they may come before its row does.
namespace weir::storage
{

class connection;

/// The score that feedback leaves, and that leaves feedback when it is given as a number.
inline constexpr std::string_view feedback_score = "helicone-score-feedback";
/// What the name of a boolean score ends with in the store.
inline constexpr std::string_view boolean_suffix = "-hcone-bool";

/// Gives a request scores, in place of those that it has by these names. A boolean's name gets its suffix here.
result<void> add_scores(connection& db, organization_id organization, uuid const& request_id,
                        std::span<score const> scores, std::int64_t now_us);

/// Records what a user said of an answer, in place of what was said before, with the score that goes with it.
result<void> set_feedback(connection& db, organization_id organization, uuid const& request_id, bool is_good,
                          std::int64_t now_us);

/// Ties scores that came before their request to its row. Called by the writer for each row.
result<void> adopt_scores(connection& db, organization_id organization, uuid const& request_id, row_id row);
/// Whether any score waits for its request.
result<bool> has_pending_scores(connection& db);

inline constexpr std::int64_t most_score_keys = 10'000;

/// All names of scores that the organisation has ever used, in their order; of more than `most_score_keys` the first.
result<std::vector<std::string>> score_keys(connection& db, organization_id organization);

} // namespace weir::storage
