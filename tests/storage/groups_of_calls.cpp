#include "storage/collect.hpp"
#include "storage/requests.hpp"
#include "storage/row_groups.hpp"
#include "storage/sessions.hpp"
#include "storage/users.hpp"
#include "tests/storage/filtering.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

/// Sessions and users: calls grouped, and filters that ask of calls and of groups (docs/filters.md).
namespace weir::storage
{
namespace
{

filter joined(filter::kind how, filter a, filter b)
{
    filter both{.is = how};
    both.parts = {std::move(a), std::move(b)};
    return both;
}

struct groups_of_rows : fresh_database {
    std::int64_t calls = 0;

    /// A call of a user in a session of that name, too.
    void call(std::string const& group, std::int64_t time_us = noon_us, int status = 200,
              organization_id organization = default_organization)
    {
        auto made = minimal_at(time_us, calls++);
        made.user_id = made.session_id = group;
        made.status = status;
        made.organization = organization;
        made.used.prompt = 10;
        made.cost.nanos = 500'000'000;
        BOOST_REQUIRE(insert(db, {made}).has_value());
    }

    std::string sessions(filter const& what, std::optional<time_range> when = {})
    {
        session_query query;
        query.when = when;
        query.what = what;
        auto const found = query_sessions(db, default_organization, query, 100);
        BOOST_REQUIRE(found.has_value());
        std::string all;
        for (auto const& one : *found) all += one.id + '=' + std::to_string(one.requests) + ' ';
        return all;
    }

    std::string users(filter const& what, std::optional<time_range> when = {})
    {
        user_query query;
        query.when = when;
        query.what = what;
        query.by = user_order::id;
        query.ascending = true;
        auto const found = query_users(db, default_organization, query);
        BOOST_REQUIRE(found.has_value());
        std::string all;
        for (auto const& one : *found) all += one.id + '=' + std::to_string(one.requests) + ' ';
        BOOST_TEST(count_users(db, default_organization, query).value() == static_cast<std::int64_t>(found->size()));
        return all;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(groups_of_calls, groups_of_rows)

BOOST_AUTO_TEST_CASE(a_filter_is_asked_of_calls_and_again_of_groups)
{
    for (auto const* group : {"a", "b", "b", "c", "c", "c"}) call(group);
    call("b", noon_us, 500);
    call("", noon_us);
    call("c", noon_us, 500, other_organization);

    auto const failed = where("request_response_rmt", "status", comparison::equals, 500.0);
    struct {
        std::string_view table, column;
    } const counts[] = {{"sessions_request_response_rmt", "session_total_requests"},
                        {"users_view", "user_total_requests"}};
    for (auto const& of : counts) {
        auto const ask = [&](filter const& what) { return of.table == "users_view" ? users(what) : sessions(what); };
        auto const is = [&](comparison how, double count) { return where(of.table, of.column, how, count); };
        bool const of_users = of.table == "users_view"; // who is nobody is a user, but no session
        BOOST_TEST_CONTEXT(of.table)
        {
            BOOST_TEST(ask({}) == (of_users ? "=1 a=1 b=3 c=3 " : "a=1 b=3 c=3 "));
            BOOST_TEST(ask(is(comparison::gt, 1)) == "b=3 c=3 ");
            BOOST_TEST(ask(failed) == "b=1 ");
            using k = filter::kind;
            BOOST_TEST(ask(joined(k::all_of, failed, is(comparison::gt, 1))) == ""); // of the failed ones there is one
            BOOST_TEST(ask(joined(k::all_of, failed, is(comparison::equals, 1))) == "b=1 ");
            BOOST_TEST(ask(joined(k::any_of, failed, is(comparison::equals, 77))) == ask({})); // always true in both
            BOOST_TEST(ask(joined(k::any_of, is(comparison::equals, 77), is(comparison::equals, 3))) == "b=3 c=3 ");
            BOOST_TEST(ask(joined(k::any_of, joined(k::all_of, failed, is(comparison::equals, 77)), failed)) ==
                       "b=1 "); // of calls: failed or failed; of groups: 77 or true
        }
    }
}

BOOST_AUTO_TEST_CASE(the_columns_of_sessions_that_a_call_has_are_asked_of_calls_too)
{
    for (auto const* group : {"a", "b", "b", ""}) call(group);
    auto const count = [this](filter const& what) { return count_requests(db, default_organization, what).value(); };
    auto const is = [](comparison how, std::string const& id) {
        return where("sessions_request_response_rmt", "session_session_id", how, id);
    };
    BOOST_TEST(count(is(comparison::equals, "b")) == 2);
    BOOST_TEST(count(is(comparison::equals, "none")) == 0);
    BOOST_TEST(count(is(comparison::not_equals, "b")) == 2);
    BOOST_TEST(count(where("sessions_request_response_rmt", "session_session_name", comparison::equals, "x")) == 0);
    BOOST_TEST(count(where("sessions_request_response_rmt", "session_total_requests", comparison::equals, 77.0)) == 4);

    auto const many = where("sessions_request_response_rmt", "session_total_requests", comparison::gt, 1.0);
    BOOST_TEST(sessions(joined(filter::kind::any_of, is(comparison::equals, "a"), many)) == "a=1 b=2 ");
    BOOST_TEST(sessions(joined(filter::kind::all_of, is(comparison::equals, "a"), many)) == "");
}

BOOST_AUTO_TEST_CASE(each_aggregate_is_a_column)
{
    call("a", noon_us);
    call("b", noon_us + second_us);
    call("b", noon_us + 3 * day_us);
    auto const text = [](char const* value) { return std::string(value); };
    using c = comparison;
    std::string_view const of_sessions = "sessions_request_response_rmt", of_users = "users_view";
    struct {
        filter what;
        std::string expected;
    } const cases[] = {
        {where(of_sessions, "session_session_id", c::equals, text("a")), "a=1 "},
        {where(of_sessions, "session_session_name", c::equals, text("")), "b=2 a=1 "},
        {where(of_sessions, "session_total_cost", c::gte, 1.0), "b=2 "},
        {where(of_sessions, "session_total_tokens", c::equals, 0.0), "b=2 a=1 "}, // a part of them is not known
        {where(of_sessions, "session_prompt_tokens", c::lt, 20.0), "a=1 "},
        {where(of_sessions, "session_completion_tokens", c::equals, 0.0), "b=2 a=1 "},
        {where(of_sessions, "session_created_at", c::gt, filter_time{noon_us}), "b=2 "},
        {where(of_sessions, "session_latest_request_created_at", c::lte, filter_time{noon_us}), "a=1 "},
        {where(of_users, "user_user_id", c::contains, text("B")), "b=2 "},
        {where(of_users, "user_active_for", c::equals, 2.0), "b=2 "},
        {where(of_users, "user_first_active", c::equals, filter_time{noon_us}), "a=1 "},
        {where(of_users, "user_last_active", c::gte, filter_time{noon_us + day_us}), "b=2 "},
        {where(of_users, "user_average_requests_per_day_active", c::equals, 1.0), "a=1 b=2 "},
        {where(of_users, "user_average_tokens_per_request", c::equals, 10.0), "a=1 b=2 "},
        {where(of_users, "user_total_completion_tokens", c::gt, 0.0), ""},
        {where(of_users, "user_total_prompt_tokens", c::equals, 20.0), "b=2 "},
        {where(of_users, "user_cost", c::equals, 0.5), "a=1 "},
    };
    for (auto const& one : cases) BOOST_TEST_CONTEXT(one.what.condition.column)
    BOOST_TEST((one.what.condition.table == of_users ? users(one.what) : sessions(one.what)) == one.expected);
}

BOOST_AUTO_TEST_CASE(groups_are_of_the_calls_of_a_range)
{
    for (int hour = 0; hour < 4; ++hour) call("a", noon_us + hour * hour_us);

    for (auto const& ask : {&groups_of_rows::sessions, &groups_of_rows::users}) {
        BOOST_TEST((this->*ask)({}, time_range{noon_us, noon_us + 2 * hour_us}) == "a=2 ");
        BOOST_TEST((this->*ask)({}, time_range{noon_us + 1, noon_us + hour_us + 1}) == "a=1 ");
        BOOST_TEST((this->*ask)({}, time_range{noon_us + 9 * hour_us, noon_us + 19 * hour_us}) == "");
        BOOST_TEST((this->*ask)({}, time_range{INT64_MIN / 100, INT64_MAX}) == "a=4 ");
    }
}

BOOST_AUTO_TEST_CASE(a_call_that_goes_on_has_no_part_in_the_mean_latency)
{
    auto const latencies = [this] {
        return std::pair(query_sessions(db, default_organization, {}, 9).value().at(0).latency_ms,
                         query_session_names(db, default_organization, {}, 9).value().at(0).latency_ms);
    };
    call("s", noon_us, status::pending);
    BOOST_TEST((latencies() == std::pair(0.0, 0.0)));
    call("s"); // took a second
    BOOST_TEST((latencies() == std::pair(1000.0, 1000.0)));
}

BOOST_AUTO_TEST_CASE(a_session_s_first_call_is_found_and_a_young_session)
{
    call("s", noon_us + second_us);
    call("s", noon_us);
    call("theirs", noon_us + hour_us, 200, other_organization);

    BOOST_TEST((first_request_of_session(db, default_organization, "s").value() == minimal_at(noon_us, 1).request_id));
    BOOST_TEST((first_request_of_session(db, default_organization, "theirs").error() == errc::not_found));
    BOOST_TEST(find_session_since(db, default_organization, noon_us + second_us).has_value());
    BOOST_TEST((find_session_since(db, default_organization, noon_us + second_us + 1).error() == errc::not_found));
}

BOOST_AUTO_TEST_CASE(users_have_names_or_none)
{
    BOOST_TEST(!has_users(db, default_organization).value());
    call("");
    call("theirs", noon_us, 200, other_organization);
    BOOST_TEST(!has_users(db, default_organization).value());
    for (auto const* user : {"b", "a", "b"}) call(user);

    BOOST_TEST(has_users(db, default_organization).value());
    BOOST_TEST((user_ids(db, default_organization, 10).value() == std::vector<std::string>{"a", "b"}));
    BOOST_TEST((user_ids(db, default_organization, 1).value() == std::vector<std::string>{"a"}));
}

BOOST_AUTO_TEST_CASE(row_groups_change_no_answer)
{
    BOOST_REQUIRE(
        db.execute("INSERT INTO organization (id,public_id,name,created_us) VALUES (2,'o2','other',0)").has_value());
    std::vector<request_record> rows;
    for (std::int64_t n = 0; n < 2100; ++n) {
        auto& r = rows.emplace_back(minimal_at(noon_us + n * second_us, n));
        r.user_id = n % 3 == 0 ? "" : "u" + std::to_string(n % 50);
        r.session_id = n % 7 == 0 ? "" : "s" + std::to_string(n % 90);
        r.status = n % 40 == 0 ? 500 : 200;
        if (n % 10 == 0) r.organization = other_organization;
    }
    BOOST_REQUIRE(insert(db, rows).has_value());
    auto const failed = where("request_response_rmt", "status", comparison::equals, 500.0);
    auto const told = [&] {
        std::string all = users(failed) + "| " + sessions(failed) + "| " + users({}) + "| ";
        for (auto const& ids : {std::vector<std::string>{"u7", "none"}, {""}, {"u1", "", "u2"}}) {
            user_query query;
            query.ids = ids;
            for (auto const& one : query_users(db, default_organization, query).value())
                all += one.id + "=" + std::to_string(one.requests) + " ";
            all += std::to_string(count_users(db, default_organization, query).value()) + "| ";
        }
        for (auto const& user : user_ids(db, default_organization, 5).value()) all += user + " ";
        all += has_users(db, default_organization).value() ? "any " : "none ";
        all += first_request_of_session(db, default_organization, "s8").value().text();
        all += first_request_of_session(db, default_organization, "none").has_error() ? " no" : " yes";
        return all;
    };
    auto const by_rows = told();
    while (group_some_rows(db).value() > 0) {
    }
    BOOST_TEST(is_any(db.query("SELECT 1 FROM row_group")).value());
    BOOST_TEST(told() == by_rows);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
