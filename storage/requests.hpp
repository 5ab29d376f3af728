#pragma once

#include "storage/errors.hpp"
#include "storage/filter.hpp"
#include "storage/request_record.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace weir::storage
{

class connection;

/// A judgement of a request by a name.
struct score {
    std::string key;
    std::int64_t value = 0;
    bool is_boolean = false;
};

/// What a user said of an answer.
struct feedback {
    uuid id;
    bool is_good = false;
    std::int64_t created_us = 0;
};

/// A row with what was said of it since.
struct request_row {
    request_record record;
    std::vector<score> scores; ///< by key
    std::optional<feedback> rating;
    std::vector<std::string> tags; ///< in the order in which they were given
    bool is_starred = false;
};

enum class request_order : std::uint8_t {
    time,
    random,
    latency,
    total_tokens,
    completion_tokens,
    prompt_tokens,
    user_id,
    model,
    request_prompt,
    response_text,
    property,
    input,
    cost,
};

/// Which rows are asked for, and in what order.
struct request_query {
    filter what;
    request_order by = request_order::time;
    std::string key; ///< request_order::property, input: its name
    bool ascending = false;
    std::int64_t limit = 10, offset = 0;
    std::optional<bool> is_scored;             ///< whether there is a score
    std::optional<bool> is_part_of_experiment; ///< whether it is what a run of a hypothesis made
};

/// The rows of one organisation that a query asks for. Rows alike in the order asked for come newest first.
///
/// Runs on a reader thread (see storage/query_threads.hpp), as all functions here do.
result<std::vector<request_row>> query_requests(connection& db, organization_id organization,
                                                request_query const& query);

/// How many rows of one organisation pass a filter.
result<std::int64_t> count_requests(connection& db, organization_id organization, filter const& what);

/// The key of the row with that public id; errc::not_found when the organisation has none.
result<row_id> find_row(connection& db, organization_id organization, uuid const& request_id);

/// errc::not_found unless a call may be under way under that id: it is one that weir gives, of within the last hour,
/// and no row has its key. Ids that clients choose are not known before their rows.
result<void> require_under_way(connection& db, uuid const& request_id, std::int64_t now_us);

/// The row with that public id; errc::not_found when the organisation has none.
result<request_row> find_request(connection& db, organization_id organization, uuid const& request_id);

/// The row with that key; errc::not_found when the organisation has none.
result<request_row> find_request(connection& db, organization_id organization, row_id id);

/// Those of the rows with these public ids that there are, in the order of the ids.
result<std::vector<request_row>> find_requests(connection& db, organization_id organization,
                                               std::span<uuid const> request_ids);

/// How far a walk over the record has come: it begins behind `after`, which moves, and ends with `last`.
struct walk_position {
    row_id after{}, last{};
    std::chrono::milliseconds step{250}; ///< what a step takes at most, and the look at one row beyond

    bool is_done() const { return after >= last; }
};

/// A step of a walk over the rows that pass a filter, oldest first: hands each row, with its bodies if it has any, to
/// `use`, until that returns false, or it is time for others to have a turn. To be called again until the walk is done.
/// What is recorded meanwhile, behind `last`, has no part in it.
///
/// The connection has weir's functions (storage/sql_functions.hpp).
result<void> walk_requests(connection& db, organization_id organization, filter const& what, walk_position& at,
                           std::function<bool(request_row const&, std::optional<bodies>)> const& use);

/// The same for the rows of all organisations, without what hangs on them.
result<void> walk_records(connection& db, filter const& what, walk_position& at,
                          std::function<bool(request_record const&)> const& use);

/// The greatest row id there is; 0 in an empty record.
result<row_id> last_row_id(connection& db);

/// The bodies of a row; errc::not_found when none are kept.
result<bodies> find_bodies(connection& db, row_id id);

} // namespace weir::storage
