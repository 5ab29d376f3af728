#pragma once

#include "storage/errors.hpp"
#include "storage/filter.hpp"
#include "storage/request_record.hpp"
#include "storage/time_range.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Sessions: the calls that share `Helicone-Session-Id`. They are grouped by id and name.
namespace weir::storage
{

class connection;

struct session_query {
    std::optional<time_range> when;
    std::string search;              ///< part of the id or the name, in any case; empty: all
    std::optional<std::string> name; ///< exactly
    std::string name_part;           ///< part of the name, in any case; empty: all
    std::int64_t shift_us = 0;       ///< added to the times of the answer
    filter what{};
};

/// What the calls of a session add up to. Tokens and cost of calls that have none count as 0.
struct session_totals {
    std::string id, name;
    std::int64_t first_us = 0, last_us = 0;
    double cost = 0; ///< US dollars
    std::int64_t requests = 0, prompt_tokens = 0, completion_tokens = 0, total_tokens = 0;
    double latency_ms = 0; ///< mean of the calls that have ended
};

/// At most `limit` sessions, the one that began last first.
result<std::vector<session_totals>> query_sessions(connection& db, organization_id organization,
                                                   session_query const& query, std::int64_t limit);

/// What sessions of one name add up to.
struct session_name_totals {
    std::string name;
    std::int64_t first_us = 0, last_us = 0;
    std::int64_t sessions = 0;
    double latency_ms = 0;
};

/// At most `limit` names, in their order.
result<std::vector<session_name_totals>> query_session_names(connection& db, organization_id organization,
                                                             session_query const& query, std::int64_t limit);

/// errc::not_found when no call since `from_us` belongs to a session.
result<void> find_session_since(connection& db, organization_id organization, std::int64_t from_us);

/// The public id of a session's first call; errc::not_found when there is no such session.
result<uuid> first_request_of_session(connection& db, organization_id organization, std::string_view session_id);

/// The tag given to a session last.
result<std::optional<std::string>> session_tag(connection& db, organization_id organization,
                                               std::string_view session_id);
result<void> add_session_tag(connection& db, organization_id organization, std::string_view session_id,
                             std::string_view tag, std::int64_t now_us);

} // namespace weir::storage
