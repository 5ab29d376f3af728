#include "storage/traffic.hpp"

#include "storage/pending_calls.hpp"
#include "storage/requests.hpp"
#include "storage/traffic_query.hpp"
#include "tests/support/record_calls.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <random>

namespace weir::storage
{
namespace
{

/// Calls over some hours and few values, so that cells meet.
struct traffic_dice {
    std::mt19937 random{20'240'115};
    std::int64_t calls = 0;

    int up_to(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); }

    request_record call()
    {
        constexpr char const* models[] = {"", "gpt-4o", "claude", "null", "GPT-4o"};
        constexpr int statuses[] = {200, 200, 201, 101, 404, 500, -1, -3, status::pending};
        auto r = minimal_at(noon_us + up_to(6 * 3600) * 1'000'000LL + up_to(3) * 500'000, calls++);
        r.organization = organization_id{1 + up_to(2)};
        r.model = models[up_to(5)];
        r.provider = up_to(3) == 0 ? "" : "openai";
        r.status = statuses[up_to(9)];
        r.ended_us = r.created_us + up_to(5'000'000);
        if (up_to(3) > 0) r.used.prompt = up_to(1000);
        if (up_to(3) > 0) r.used.completion = up_to(1000);
        if (up_to(3) == 0) r.used.total = up_to(3000);
        if (up_to(3) == 0) r.used.cache_read = up_to(100);
        if (up_to(3) == 0) r.used.cache_write = up_to(100);
        if (up_to(3) == 0) r.time_to_first_token_us = up_to(1'000'000);
        if (up_to(4) > 0) r.cost.nanos = up_to(1'000'000);
        if (up_to(2) == 0) r.properties = {{"App", "x"}};
        return r;
    }
};

filter where(std::string_view column, comparison how, std::variant<std::string, double, bool, filter_time> operand)
{
    return {
        .is = filter::kind::condition,
        .condition = {.table = "request_response_rmt", .column = column, .how = how, .operand = std::move(operand)}};
}

/// The same question, which only the calls can answer.
filter of_the_calls(filter const& what)
{
    filter both{.is = filter::kind::all_of};
    both.parts = {what, where("request_id", comparison::not_equals, std::string("nonsense"))};
    return both;
}

std::string told(traffic_over_time const& sums)
{
    std::string all;
    for (auto const& [where, s] : sums) {
        all += std::to_string((where.first - noon_us) / 1'000'000) + " s " + where.second + ':';
        for (auto const n :
             {s.calls, s.errors, s.prompt_tokens, s.completion_tokens, s.total_tokens, s.cache_read_tokens,
              s.cache_write_tokens, s.cost_nanos, s.latency_us, s.first_token_us, s.first_tokens})
            all += ' ' + std::to_string(n);
        all += '\n';
    }
    return all;
}

struct rolled_up : fresh_database {
    traffic_dice roll;

    std::string value_of(std::string const& sql)
    {
        auto found = db.query(sql);
        BOOST_REQUIRE(found.has_value());
        BOOST_REQUIRE(found->next());
        return found->get<std::optional<std::string>>(0).value_or("NULL");
    }

    /// Cells that differ between the roll-ups and what the calls add up to.
    std::string cells_that_differ()
    {
        return value_of("WITH expected AS (SELECT organization_id,created_us/900000000,coalesce(model,''),"
                        "coalesce(provider,''),status,count(*),coalesce(sum(prompt_tokens),0),"
                        "coalesce(sum(completion_tokens),0),"
                        "coalesce(sum(coalesce(total_tokens,prompt_tokens+completion_tokens)),0),"
                        "coalesce(sum(prompt_cache_read_tokens),0),coalesce(sum(prompt_cache_write_tokens),0),"
                        "coalesce(sum(cost_nanos),0),sum(ended_us-created_us),coalesce(sum(time_to_first_token_us),0),"
                        "count(time_to_first_token_us) FROM request WHERE status<>-2 GROUP BY 1,2,3,4,5)"
                        "SELECT (SELECT count(*) FROM (SELECT * FROM expected EXCEPT SELECT * FROM traffic))"
                        "+(SELECT count(*) FROM (SELECT * FROM traffic EXCEPT SELECT * FROM expected))");
    }

    traffic_over_time ask(traffic_query const& query, time_increment increment = time_increment::hour,
                          std::int64_t zone = 0)
    {
        auto found = query_traffic(db, default_organization, query, time_buckets(increment, zone));
        BOOST_REQUIRE(found.has_value());
        return std::move(*found);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(traffic_, rolled_up)

BOOST_AUTO_TEST_CASE(a_quarter_is_floored_before_1970_too)
{
    BOOST_TEST(quarter_of(0) == 0);
    BOOST_TEST(quarter_of(quarter_us - 1) == 0);
    BOOST_TEST(quarter_of(quarter_us) == 1);
    BOOST_TEST(quarter_of(-1) == -1);
    BOOST_TEST(quarter_of(-quarter_us) == -1);
}

BOOST_AUTO_TEST_CASE(what_the_recorder_writes_adds_up_to_the_calls)
{
    std::vector<request_record> calls;
    for (int i = 0; i < 3000; ++i) calls.push_back(roll.call());
    record_calls(path, calls);

    BOOST_TEST(value_of("SELECT count(*) FROM request") == "3000");
    BOOST_TEST(value_of("SELECT count(*)>100 FROM traffic") == "1");
    BOOST_TEST(cells_that_differ() == "0");
    BOOST_TEST(value_of("SELECT group_concat(organization_id||property_key) FROM organization_property") ==
               "1App,2App");
}

BOOST_AUTO_TEST_CASE(a_call_that_goes_on_counts_when_its_end_comes)
{
    auto open = minimal_at(noon_us);
    open.status = status::pending;
    auto ended = open;
    ended.status = 101;
    ended.was_pending = true;
    BOOST_REQUIRE(insert(db, {open}).has_value());
    BOOST_TEST(value_of("SELECT count(*) FROM traffic") == "0");

    BOOST_REQUIRE(insert(db, {ended}).has_value());
    BOOST_TEST(value_of("SELECT sum(calls) FROM traffic") == "1");
    BOOST_TEST(cells_that_differ() == "0");
}

BOOST_AUTO_TEST_CASE(calls_that_a_killed_process_left_behind_are_ended_and_counted)
{
    auto open = minimal_at(noon_us, 1), theirs = minimal_at(noon_us, 2), ended = minimal_at(noon_us, 3);
    open.status = theirs.status = status::pending;
    theirs.organization = organization_id{2};
    BOOST_REQUIRE(insert(db, {open, theirs, ended}).has_value());

    BOOST_TEST(end_pending_calls(db).value() == 2U);
    BOOST_TEST(end_pending_calls(db).value() == 0U);

    BOOST_TEST(value_of("SELECT count(*) FROM request WHERE status=-2") == "0");
    BOOST_TEST(value_of("SELECT count(*) FROM request WHERE status=101 AND stream_error='weir ended before the session"
                        " did'") == "2");
    BOOST_TEST(value_of("SELECT sum(calls) FROM traffic") == "3");
    BOOST_TEST(cells_that_differ() == "0");
}

BOOST_AUTO_TEST_CASE(sums_that_do_not_fit_stay_at_the_greatest_number)
{
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    for (std::int64_t n = 0; n < 6; ++n) {
        auto huge = minimal_at(noon_us + n % 2 * hour_us, n);
        huge.used.prompt = std::int64_t{1} << 53U;
        huge.cost.nanos = most - 5;
        BOOST_REQUIRE_MESSAGE(insert(db, {huge}).has_value(), db.message()); // a batch of its own
    }

    auto const sums = query_traffic(db, default_organization, {.when = {noon_us - hour_us, noon_us + 9 * hour_us}},
                                    time_buckets(time_increment::month, 0));
    BOOST_REQUIRE_MESSAGE(sums.has_value(), db.message());
    BOOST_TEST(sums->size() == 1U);
    BOOST_TEST(sums->begin()->second.calls == 6);
    BOOST_TEST(sums->begin()->second.cost_nanos == most);
    BOOST_TEST(sums->begin()->second.prompt_tokens == 6LL << 53U);
}

BOOST_AUTO_TEST_CASE(a_batch_that_was_rolled_back_does_not_count)
{
    record_calls(path, {minimal_at(noon_us), minimal_at(noon_us), minimal_at(noon_us, 1)}); // two have one key

    BOOST_TEST(value_of("SELECT sum(calls) FROM traffic") == "2");
    BOOST_TEST(cells_that_differ() == "0");
}

BOOST_AUTO_TEST_CASE(roll_ups_answer_what_the_calls_answer)
{
    std::vector<request_record> calls;
    for (int i = 0; i < 2000; ++i) calls.push_back(roll.call());
    BOOST_REQUIRE(insert(db, calls).has_value());
    filter either{.is = filter::kind::any_of};
    either.parts = {where("model", comparison::contains, std::string("4O")), where("status", comparison::gte, 400.0)};
    filter const filters[] = {
        {},
        where("model", comparison::equals, std::string("gpt-4o")),
        where("model", comparison::equals, std::string()),
        where("model", comparison::equals, std::string("null")),
        where("model", comparison::not_equals, std::string("claude")),
        where("model", comparison::ilike, std::string("GPT%")),
        where("status", comparison::equals, 200.0),
        where("status", comparison::lt, 200.0),
        where("status", comparison::not_equals, 404.0),
        where("status", comparison::equals, -2.0),
        either,
    };
    constexpr time_increment increments[] = {time_increment::min, time_increment::hour, time_increment::day,
                                             time_increment::week};
    constexpr std::int64_t zones[] = {0, 300, -345, 7};
    std::size_t buckets = 0;
    for (auto const& what : filters)
        for (auto const by :
             {traffic_group::none, traffic_group::model, traffic_group::provider, traffic_group::status})
            for (int i = 0; i < 6; ++i) {
                auto const from = noon_us - hour_us + roll.up_to(4 * 3600) * 1'000'000LL + roll.up_to(2);
                traffic_query query{
                    .when = {from, from + roll.up_to(5 * 3600) * 1'000'000LL + roll.up_to(2)}, .what = what, .by = by};
                auto const increment = increments[roll.up_to(4)];
                auto const zone = zones[roll.up_to(4)];
                auto const by_roll_ups = ask(query, increment, zone);
                query.what = of_the_calls(what);
                BOOST_TEST(told(by_roll_ups) == told(ask(query, increment, zone)));
                buckets += by_roll_ups.size();
            }
    BOOST_TEST(buckets > 1000U);
}

BOOST_AUTO_TEST_CASE(whole_quarters_are_read_from_the_roll_ups_and_their_ends_from_the_calls)
{
    auto inside = minimal_at(noon_us + minute_us), before = minimal_at(noon_us - 1'000'000),
         behind = minimal_at(noon_us + 15 * minute_us, 1);
    BOOST_REQUIRE(insert(db, {inside, before, behind}).has_value());
    BOOST_REQUIRE(db.execute_script("UPDATE traffic SET calls=calls*10").has_value()); // whoever reads it will show

    auto const calls = [this](std::int64_t from, std::int64_t to, filter const& what = {}) {
        std::int64_t all = 0;
        for (auto const& [at, sums] : ask({.when = {from, to}, .what = what})) all += sums.calls;
        return all;
    };
    BOOST_TEST(calls(noon_us, noon_us + 15 * minute_us) == 10);
    BOOST_TEST(calls(noon_us, noon_us + 15 * minute_us - 1) == 10);
    BOOST_TEST(calls(noon_us + 1, noon_us + 15 * minute_us) == 10);
    BOOST_TEST(calls(noon_us + 2 * minute_us, noon_us + 15 * minute_us) == 9);  // all but those before
    BOOST_TEST(calls(noon_us - minute_us, noon_us + 15 * minute_us) == 11);     // and those of a minute
    BOOST_TEST(calls(noon_us - 15 * minute_us, noon_us - 30'000'000) == 9);     // all but those behind
    BOOST_TEST(calls(noon_us - 15 * minute_us, noon_us - 14 * minute_us) == 0); // too short for a quarter
    BOOST_TEST(calls(noon_us, noon_us + 15 * minute_us + 1) == 20);             // nothing is newer
    BOOST_TEST(calls(noon_us, noon_us + 16 * minute_us, where("status", comparison::equals, 200.0)) == 20);
    BOOST_TEST(calls(noon_us, noon_us + 15 * minute_us, where("user_id", comparison::equals, std::string())) == 1);
    BOOST_TEST(calls(noon_us, noon_us) == 0);
    BOOST_TEST(calls(noon_us + 15 * minute_us, noon_us) == 0);
    BOOST_TEST(calls(noon_us + 3 * minute_us, noon_us + minute_us) == 0);
}

BOOST_AUTO_TEST_CASE(a_call_that_failed_is_an_error)
{
    std::int64_t n = 0;
    for (int const status : {200, 204, 299, 101, 300, 404, 500, -1, -3, -100, 199}) {
        auto one = minimal_at(noon_us, n++);
        one.status = status;
        BOOST_REQUIRE(insert(db, {one}).has_value());
    }
    for (bool const of_calls : {false, true}) {
        auto const found = ask({.when = {noon_us, noon_us + hour_us}, .what = of_calls ? of_the_calls({}) : filter{}});
        BOOST_TEST_REQUIRE(found.size() == 1U);
        BOOST_TEST(found.begin()->second.calls == 11);
        BOOST_TEST(found.begin()->second.errors == 7);
    }
}

BOOST_AUTO_TEST_CASE(models_come_in_the_order_of_their_use_each_organisations_own)
{
    std::vector<request_record> calls;
    for (auto const* model : {"b", "a", "c", "c", ""}) {
        calls.push_back(minimal_at(noon_us, static_cast<std::int64_t>(calls.size())));
        calls.back().model = model;
    }
    calls.push_back(minimal_at(noon_us, 9));
    calls.back().model = "theirs";
    calls.back().organization = other_organization;
    BOOST_REQUIRE(insert(db, calls).has_value());

    using names = std::vector<std::string>;
    BOOST_TEST((used_models(db, default_organization, 10).value() == names{"c", "a", "b"}));
    BOOST_TEST((used_models(db, default_organization, 2).value() == names{"c", "a"}));
    BOOST_TEST((used_models(db, other_organization, 10).value() == names{"theirs"}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
