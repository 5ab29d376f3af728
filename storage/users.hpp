#pragma once

#include "storage/errors.hpp"
#include "storage/filter.hpp"
#include "storage/request_record.hpp"
#include "storage/time_range.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Users: the calls that share a `user_id`. Calls without one are the user "".
namespace weir::storage
{

class connection;

/// What the calls of a user add up to. Tokens and cost of calls that have none count as 0.
struct user_totals {
    std::string id;
    std::int64_t active_days = 0;           ///< days with a call
    std::int64_t first_us = 0, last_us = 0; ///< shifted
    std::int64_t requests = 0, prompt_tokens = 0, completion_tokens = 0;
    double requests_per_day = 0; ///< of the active days
    double tokens_per_request = 0;
    double cost = 0; ///< US dollars
};

enum class user_order : std::uint8_t {
    id,
    active_days,
    first_active,
    last_active,
    requests,
    requests_per_day,
    tokens_per_request,
    prompt_tokens,
    completion_tokens,
    cost
};

struct user_query {
    std::optional<time_range> when;
    std::vector<std::string> ids; ///< those of these names alone; empty: all
    filter what{};
    std::int64_t shift_us = 0; ///< added to times; days begin at its midnight
    user_order by = user_order::last_active;
    bool ascending = false;
    std::int64_t limit = 100, offset = 0;
};

result<std::vector<user_totals>> query_users(connection& db, organization_id organization, user_query const& query);

/// How many users the query would find without limit and offset.
result<std::int64_t> count_users(connection& db, organization_id organization, user_query const& query);

/// Whether any call names a user.
result<bool> has_users(connection& db, organization_id organization);

/// The names of the users there are, in their order; at most `limit`.
result<std::vector<std::string>> user_ids(connection& db, organization_id organization, std::int64_t limit);

} // namespace weir::storage
