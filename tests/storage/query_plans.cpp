#include "storage/filter.hpp"
#include "storage/time_range.hpp"
#include "tests/storage/filtering.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

/// Which index answers what: a page of a few calls must not read all of them.
namespace weir::storage
{
namespace
{

struct planning : fresh_database {
    /// How SQLite reads the calls that pass, newest first.
    std::string plan(filter const& what, std::optional<time_range> when = {})
    {
        return plan("SELECT r.id", what, when, " ORDER BY r.id DESC LIMIT 10");
    }

    /// How it adds up their tokens and cost.
    std::string plan_of_sums(filter const& what, std::optional<time_range> when = {})
    {
        return plan("SELECT count(*),sum(r.prompt_tokens),sum(r.cost_nanos)", what, when, "");
    }

    std::string plan(std::string_view selects, filter const& what, std::optional<time_range> when, std::string_view end)
    {
        sql asked("EXPLAIN QUERY PLAN ");
        asked << selects << " FROM request AS r WHERE r.organization_id=1";
        if (when) append_time_range(*when, asked);
        asked << " AND ";
        append_filter(what, asked);
        asked << end;
        auto found = db.query(asked);
        BOOST_REQUIRE(found.has_value());
        std::string all;
        while (found->next()) all += found->get<std::string>(3) + "; ";
        return all;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(query_plans, planning)

BOOST_AUTO_TEST_CASE(what_has_no_index_is_read_by_the_key_from_its_end)
{
    std::string_view const rmt = "request_response_rmt";
    using c = comparison;
    for (auto const& what :
         {filter{}, where(rmt, "status", c::equals, 200.0), where(rmt, "status", c::gte, 400.0),
          where(rmt, "model", c::equals, std::string("gpt-4o")),
          where("request", "user_id", c::equals, std::string("ann")), where(rmt, "status", c::lt, 300.0),
          where(rmt, "user_id", c::equals, std::string()), where(rmt, "model", c::not_equals, std::string("gpt-4o")),
          where(rmt, "latency", c::gt, 5000.0), where(rmt, "prompt_tokens", c::lt, 5.0)}) {
        auto const found = plan(what);
        BOOST_TEST(found == "SCAN r; ");
    }
}

BOOST_AUTO_TEST_CASE(a_range_of_time_is_a_range_of_the_key)
{
    constexpr std::int64_t noon_us = 1'705'320'000'000'000; // 2024-01-15T12:00:00Z
    BOOST_TEST(plan({}, time_range{noon_us, noon_us + 1'000'000}) ==
               "SEARCH r USING INTEGER PRIMARY KEY (rowid>? AND rowid<?); ");
}

BOOST_AUTO_TEST_CASE(figures_are_added_up_from_their_index)
{
    std::string_view const rmt = "request_response_rmt";
    using c = comparison;
    constexpr std::int64_t noon_us = 1'705'320'000'000'000; // 2024-01-15T12:00:00Z
    time_range const day{noon_us, noon_us + 86'400'000'000};
    for (auto const& what :
         {filter{}, where(rmt, "latency", c::gt, 5000.0), where(rmt, "latency", c::lte, 0.5),
          where(rmt, "time_to_first_token", c::gte, 250.0), where(rmt, "total_tokens", c::lt, 5.0),
          where(rmt, "prompt_cache_read_tokens", c::equals, 0.0), where(rmt, "status", c::equals, 200.0)}) {
        BOOST_TEST(plan_of_sums(what) == "SCAN r USING COVERING INDEX request_figures; ");
        BOOST_TEST(plan_of_sums(what, day) ==
                   "SEARCH r USING COVERING INDEX request_figures (created_us>? AND created_us<?); ");
    }
    BOOST_TEST(plan_of_sums(where(rmt, "target_url", c::equals, std::string("x")), day) ==
               "SEARCH r USING INTEGER PRIMARY KEY (rowid>? AND rowid<?); ");
}

BOOST_AUTO_TEST_CASE(one_id_is_looked_up)
{
    auto const own = minimal(1).request_id.text();
    for (auto const* id : {own.c_str(), "11111111-2222-4333-8444-555555555555"})
        for (auto const* table : {"request", "request_response_rmt"})
            for (auto const how : {comparison::equals, comparison::contains, comparison::like, comparison::ilike}) {
                auto const* const column = table == std::string_view("request") ? "id" : "request_id";
                auto const found = plan(where(table, column, how, std::string(id)));
                BOOST_TEST(found.find("SCAN") == found.npos, found);
            }
}

BOOST_AUTO_TEST_CASE(calls_that_groups_named_are_looked_up_whatever_else_is_asked)
{
    filter these{.is = filter::kind::of_candidates};
    these.condition.operand = std::string("[1,2]");
    these.condition.key = "7";
    for (std::optional<time_range> const& when : {std::optional<time_range>(), {time_range{noon_us, noon_us + 1}}}) {
        auto const page = plan(these, when), sums = plan_of_sums(these, when);
        BOOST_TEST(page.starts_with("SEARCH r USING INTEGER PRIMARY KEY (rowid=?)"), page);
        BOOST_TEST(sums.starts_with("SEARCH r USING INTEGER PRIMARY KEY (rowid=?)"), sums);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
