#include "storage/users.hpp"

#include "storage/candidates.hpp"
#include "storage/collect.hpp"
#include "storage/json_text.hpp"
#include "storage/prepared_filter.hpp"
#include "storage/requests.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace weir::storage
{
namespace
{

/// The calls of the users of a query.
filter of_users(user_query const& query)
{
    if (query.ids.empty()) return {};
    filter these{.is = filter::kind::of_users};
    these.condition.operand = json_of_texts(query.ids);
    return these;
}

/// A filter of calls, prepared for both passes, and the calls of the users that a query names, if groups can tell them.
struct user_choice {
    filter what, of_users, rows;
};

result<user_choice> choice_of(connection& db, organization_id organization, user_query const& query)
{
    auto what = prepared_for_groups(db, organization, query.what);
    if (!what) return what.error();
    auto const named = of_users(query);
    filter both{.is = filter::kind::all_of};
    both.parts = {named, *what};
    auto rows = rows_that_may_pass(db, organization, both);
    if (!rows) return rows.error();
    return user_choice{.what = std::move(*what), .of_users = named, .rows = std::move(*rows)};
}

/// " FROM (…) AS g WHERE …": the users that a query finds, with their totals.
void append_users(organization_id organization, user_query const& query, user_choice const& choice, sql& to)
{
    to << " FROM (SELECT coalesce(r.user_id,'') AS user_id,";
    to.with("count(DISTINCT (r.created_us+?)/86400000000) AS active_for,min(r.created_us)+? AS first_active,"
            "max(r.created_us)+? AS last_active,",
            query.shift_us);
    to << "count(*) AS total_requests,total(r.prompt_tokens) AS total_prompt_tokens,"
          "total(r.completion_tokens) AS total_completion_tokens,";
    to.with("count(*)*1.0/count(DISTINCT (r.created_us+?)/86400000000) AS average_requests_per_day_active,",
            query.shift_us);
    to << "(total(r.prompt_tokens)+total(r.completion_tokens))/count(*) AS "
          "average_tokens_per_request,total(r.cost_nanos)/1e9 AS cost"
          " FROM request AS r WHERE r.organization_id=";
    to.bind(static_cast<std::int64_t>(organization));
    if (query.when) append_time_range(*query.when, to);
    for (auto const* part : {&choice.rows, &choice.of_users, &choice.what}) {
        to << " AND ";
        append_filter(*part, to, filter_pass::rows_of_groups);
    }
    to << " GROUP BY coalesce(r.user_id,'')) AS g WHERE ";
    append_filter(choice.what, to, filter_pass::groups);
}

std::string_view column_of(user_order by)
{
    switch (by) {
    case user_order::id: return "user_id";
    case user_order::active_days: return "active_for";
    case user_order::first_active: return "first_active";
    case user_order::last_active: return "last_active";
    case user_order::requests: return "total_requests";
    case user_order::requests_per_day: return "average_requests_per_day_active";
    case user_order::tokens_per_request: return "average_tokens_per_request";
    case user_order::prompt_tokens: return "total_prompt_tokens";
    case user_order::completion_tokens: return "total_completion_tokens";
    case user_order::cost: return "cost";
    }
    return "user_id";
}

} // namespace

result<std::vector<user_totals>> query_users(connection& db, organization_id organization, user_query const& query)
{
    auto const choice = choice_of(db, organization, query);
    if (!choice) return choice.error();
    sql asked("SELECT user_id,active_for,first_active,last_active,total_requests,total_prompt_tokens,"
              "total_completion_tokens,average_requests_per_day_active,average_tokens_per_request,cost");
    append_users(organization, query, *choice, asked);
    asked << " ORDER BY g." << column_of(query.by) << (query.ascending ? " ASC" : " DESC") << ",g.user_id LIMIT ";
    asked.bind(query.limit) << " OFFSET ";
    asked.bind(query.offset);

    return collect(db.query(asked), [](rows const& row) {
        return user_totals{.id = row.get<std::string>(0),
                           .active_days = row.get<std::int64_t>(1),
                           .first_us = row.get<std::int64_t>(2),
                           .last_us = row.get<std::int64_t>(3),
                           .requests = row.get<std::int64_t>(4),
                           .prompt_tokens = row.get<std::int64_t>(5),
                           .completion_tokens = row.get<std::int64_t>(6),
                           .requests_per_day = row.get<double>(7),
                           .tokens_per_request = row.get<double>(8),
                           .cost = row.get<double>(9)};
    });
}

result<std::int64_t> count_users(connection& db, organization_id organization, user_query const& query)
{
    auto const choice = choice_of(db, organization, query);
    if (!choice) return choice.error();
    sql asked("SELECT count(*)");
    append_users(organization, query, *choice, asked);
    return first_value<std::int64_t>(db.query(asked));
}

namespace
{

filter has_user()
{
    return {
        .is = filter::kind::condition,
        .condition = {
            .table = "request", .column = "user_id", .how = comparison::not_equals, .operand = std::string("null")}};
}

/// The users of a group's rows that pass; false where its columns do not tell them.
result<bool> add_users(group_search& groups, row_group const& group, std::unordered_set<std::string>& to)
{
    using boost::system::in_place_error; // an error is a bool, too
    auto const passing = groups.judge(group);
    if (!passing) return {in_place_error, passing.error()};
    if (passing->is == group_verdict::kind::none) return true;
    auto column = groups.texts(group, fields::user);
    if (!column) return {in_place_error, column.error()};
    if (!*column || !passing->is_exact) return false;
    auto& [places, texts] = **column;
    for (std::size_t row = 0; row < places.size(); ++row) {
        bool const passes = passing->is == group_verdict::kind::all || passing->mask[row] != 0;
        if (!passes || places[row] == no_value) continue;
        auto& text = texts[static_cast<std::size_t>(places[row])];
        if (!text.empty()) to.insert(std::exchange(text, {}));
    }
    return true;
}

/// By the columns of groups, and the rows that they do not have; none where these do not tell.
result<std::optional<std::vector<std::string>>> users_of_groups(connection& db, organization_id organization)
{
    using users = std::optional<std::vector<std::string>>;
    auto groups = group_search::find(db, organization, has_user());
    if (!groups) return groups.error();
    if (!*groups) return users();
    std::unordered_set<std::string> all;
    for (auto const& group : (*groups)->groups()) {
        auto const added = add_users(**groups, group, all);
        if (!added) return added.error();
        if (!*added) return users();
    }
    filter others{.is = filter::kind::of_candidates};
    std::vector<row_id> waiting;
    for (auto const id : (*groups)->waiting()) waiting.push_back(row_id{id});
    others.condition.operand = json_of_rows(waiting);
    others.condition.key = std::to_string(static_cast<std::int64_t>((*groups)->last_row()));
    sql asked("SELECT r.user_id FROM request AS r WHERE r.user_id>'' AND r.organization_id=");
    asked.bind(static_cast<std::int64_t>(organization)) << " AND ";
    append_filter(others, asked);
    auto more = collect_column<std::string>(db.query(asked));
    if (!more) return more.error();
    all.insert(std::make_move_iterator(more->begin()), std::make_move_iterator(more->end()));
    return users(std::in_place, all.begin(), all.end());
}

} // namespace

result<bool> has_users(connection& db, organization_id organization)
{
    request_query newest;
    newest.what = has_user();
    newest.limit = 1;
    auto const found = query_requests(db, organization, newest);
    if (!found) return {boost::system::in_place_error, found.error()}; // an error is a bool, too
    return !found->empty();
}

result<std::vector<std::string>> user_ids(connection& db, organization_id organization, std::int64_t limit)
{
    auto users = users_of_groups(db, organization);
    if (!users) return users.error();
    if (!*users)
        return collect_column<std::string>(
            db.query("SELECT DISTINCT user_id FROM request WHERE user_id>'' AND organization_id=?1"
                     " ORDER BY user_id LIMIT ?2",
                     organization, limit));
    std::ranges::sort(**users);
    if (std::ssize(**users) > limit) (*users)->resize(static_cast<std::size_t>(limit));
    return std::move(**users);
}

} // namespace weir::storage
