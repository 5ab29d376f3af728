#include "storage/properties.hpp"
#include "storage/traffic_query.hpp"
#include "tests/storage/grouping.hpp"

/// Row groups find what has no index, and nothing else changes.
namespace weir::storage
{
BOOST_FIXTURE_TEST_SUITE(row_groups, grouping)

BOOST_AUTO_TEST_CASE(few_rows_have_no_group_and_are_found)
{
    add(1, 1000);
    group_all();
    BOOST_TEST(number("SELECT count(*) FROM row_group") == 0);
    BOOST_TEST(!candidates_of(of_path("/none")));
    BOOST_TEST(newest(of_path(minimal(1).path), 2) == (ids{1000, 999}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_rare_is_found_by_its_group_and_what_waits_is_looked_at)
{
    add(1, 2048, [](request_record& r) {
        if (r.id == row_id{700} || r.id == row_id{1900}) r.path = "/rare";
    });
    group_all();
    add(3000, 3003, [](request_record& r) {
        if (r.id == row_id{3001}) r.path = "/rare";
    });

    BOOST_TEST(number("SELECT count(*) FROM row_group") == 2);
    BOOST_TEST(candidates_of(of_path("/rare")).value() == (ids{3003, 3002, 3001, 3000, 1900, 700}),
               boost::test_tools::per_element());
    BOOST_TEST(newest(of_path("/rare"), 10) == (ids{3001, 1900, 700}), boost::test_tools::per_element());
    BOOST_TEST(newest(of_path("/rare"), 1, 1) == ids{1900}, boost::test_tools::per_element());
    BOOST_TEST(newest(of_path("/rare"), 5, 3).empty());
    BOOST_TEST(passing(of_path("/rare")) == (ids{700, 1900, 3001}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_columns_cannot_tell_is_looked_at_once_whether_it_waits_or_not)
{
    // Too many texts for a dictionary: equal ones are found by their hashes, which others may have, too.
    auto const has_tier = [](request_record& r) {
        auto const n = static_cast<std::int64_t>(r.id);
        r.properties = {{"Tier", n % 500 == 0 ? "rare" : std::string(60, 'x') + std::to_string(n)}};
    };
    add(1, 1600, has_tier);
    group_all();
    add(1990, 2010, has_tier);
    BOOST_TEST(number("SELECT count(*) FROM row_group") == 1);
    BOOST_TEST(number("SELECT form FROM column_chunk WHERE field='properties.Tier'") ==
               static_cast<int>(chunk_form::hashes));
    BOOST_TEST(passing(of_tier("rare")) == (ids{500, 1000, 1500, 2000}), boost::test_tools::per_element());
    BOOST_TEST(newest(of_tier("rare"), 3) == (ids{2000, 1500, 1000}), boost::test_tools::per_element());
    BOOST_TEST(newest(of_tier("rare"), 2, 1) == (ids{1500, 1000}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_page_is_the_same_however_groups_overlap)
{
    // Groups are of rows as they were written, which is not the order of their keys.
    for (std::int64_t part = 0; part < 3; ++part) {
        std::vector<request_record> records;
        for (std::int64_t n = 0; n < 1024; ++n) {
            auto& r = records.emplace_back(minimal(1 + n * 3 + (part * 2) % 3));
            if (n % 100 == 7) r.path = "/rare";
        }
        BOOST_REQUIRE(insert(db, std::move(records)).has_value());
        group_all();
    }
    auto all = passing(of_path("/rare"));
    std::ranges::reverse(all);
    BOOST_TEST_REQUIRE(all.size() == 33U);
    BOOST_TEST(candidates_of(of_path("/rare")).value() == all, boost::test_tools::per_element());
    for (std::int64_t offset = 0; offset < 33; offset += 4) {
        auto const end = std::min<std::int64_t>(33, offset + 5);
        BOOST_TEST(newest(of_path("/rare"), 5, offset) == ids(all.begin() + offset, all.begin() + end),
                   boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(each_comparison_is_told_as_sql_tells_it)
{
    add(1, 1100, [](request_record& r) {
        auto const n = static_cast<std::int64_t>(r.id);
        if (n % 3 != 0) r.used.prompt = n;
        r.ended_us = r.created_us + n * 500;
        r.time_to_first_token_us = n % 2 == 0 ? std::optional(n) : std::nullopt;
        r.request_model = n % 5 == 0 ? "" : "Model-" + std::to_string(n % 7);
        r.user_id = n % 4 == 0 ? "" : "user" + std::to_string(n % 11);
        if (n % 2 == 0) r.properties = {{"Tier", n % 10 == 0 ? "" : "t" + std::to_string(n % 5)}};
    });
    group_all();
    using c = comparison;
    std::vector<filter> filters;
    for (auto const how : {c::equals, c::not_equals, c::gt, c::gte, c::lt, c::lte}) {
        for (double const n : {0.0, 1.0, 500.0, 500.5, 1100.0, 1e18}) {
            filters.push_back(where(rmt, "prompt_tokens", how, n));
            filters.push_back(where(rmt, "latency", how, n / 2));
            filters.push_back(where(rmt, "time_to_first_token", how, n / 1000));
            filters.push_back(where(rmt, "prompt_cache_read_tokens", how, n));
        }
        filters.push_back(where(rmt, "threat", how, true));
    }
    for (auto const how : {c::equals, c::not_equals, c::like, c::ilike, c::contains, c::not_contains, c::gt, c::lte}) {
        for (std::string const text : {"", "Model-3", "model-3", "user1", "%", "%1", "m_del%", "null", "t1", "zz"}) {
            filters.push_back(where("request", "model", how, text));
            filters.push_back(where("request", "user_id", how, text));
            filters.push_back(where(rmt, "user_id", how, text));
            filters.push_back(where(rmt, "model", how, text));
            filters.push_back(where("response", "body_model", how, text));
            filters.push_back(where("properties", "", how, text, "Tier"));
            filters.push_back(where(rmt, "properties", how, text, "Tier"));
            filters.push_back(where("properties", "", how, text, "None"));
            filters.push_back(where(rmt, "properties", how, text, "None"));
        }
    }
    BOOST_TEST(compare_with_rows(filters) > filters.size() / 2);
}

BOOST_AUTO_TEST_CASE(joined_conditions_narrow_each_other)
{
    add(1, 1024, [](request_record& r) {
        auto const n = static_cast<std::int64_t>(r.id);
        r.path = n % 10 == 0 ? "/ten" : "/other";
        r.properties = {{"Tier", n % 15 == 0 ? "gold" : "silver"}};
    });
    group_all();
    auto const joined = [](filter::kind is, std::vector<filter> parts) {
        filter all{.is = is};
        all.parts = std::move(parts);
        return all;
    };
    using k = filter::kind;
    auto const body = where(rmt, "response_body", comparison::contains, "x");
    BOOST_TEST(candidates_of(joined(k::all_of, {of_path("/ten"), of_tier("gold")}))->size() == 34U);
    BOOST_TEST(candidates_of(joined(k::any_of, {of_path("/ten"), of_tier("gold")}))->size() == 102U + 68U - 34U);
    BOOST_TEST(candidates_of(joined(k::all_of, {of_path("/ten"), body}))->size() == 102U);
    BOOST_TEST(!candidates_of(joined(k::any_of, {of_path("/ten"), body})));
    BOOST_TEST(!candidates_of(body));
    BOOST_TEST(!candidates_of({}));
    BOOST_TEST(!candidates_of(joined(k::any_of, {})));
    BOOST_TEST(
        candidates_of(joined(k::all_of, {of_path("/ten"), joined(k::any_of, {of_tier("gold"), body})}))->size() ==
        102U);
}

BOOST_AUTO_TEST_CASE(a_row_that_changes_is_found_as_it_is_now)
{
    add(1, 1024, [](request_record& r) { r.properties = {{"Tier", "silver"}}; });
    group_all();
    BOOST_TEST(newest(of_tier("gold"), 10).empty());

    auto const changed = find_request(db, default_organization, row_id{500}).value().record.request_id;
    BOOST_REQUIRE(set_property(db, default_organization, changed, "Tier", "gold").has_value());

    BOOST_TEST(newest(of_tier("gold"), 10) == ids{500}, boost::test_tools::per_element());
    BOOST_TEST(std::ssize(newest(of_tier("silver"), 2000)) == 1023);
    BOOST_TEST(passing(of_tier("gold")) == ids{500}, boost::test_tools::per_element());

    run("UPDATE request SET properties='{\"Tier\":\"bronze\"}'");
    group_all();
    BOOST_TEST(number("SELECT count(*) FROM row_group") == 1);
    BOOST_TEST(count_requests(db, default_organization, of_tier("bronze")).value() == 1024);
    BOOST_TEST(passing(of_tier("silver")).empty());
}

BOOST_AUTO_TEST_CASE(rows_that_changed_are_in_one_group_alone)
{
    auto const count = [this](std::string const& tier) {
        return count_requests(db, default_organization, of_tier(tier)).value();
    };
    for (std::int64_t part = 0; part < 16; ++part) {
        add(part * 1024 + 1, part * 1024 + 1024, [](request_record& r) { r.properties = {{"Tier", "silver"}}; });
        group_all();
    }
    run("UPDATE request SET properties='{\"Tier\":\"gold\"}' WHERE id%8=0");
    group_all();
    BOOST_TEST(number("SELECT sum(row_count)-(SELECT count(*) FROM row_group_gap) FROM row_group") > 15 * 1024);
    BOOST_TEST(count("gold") == 2048);
    BOOST_TEST(count("silver") == 14 * 1024);
    BOOST_TEST(newest(of_tier("silver"), 3) == (ids{16'383, 16'382, 16'381}), boost::test_tools::per_element());

    for (int change = 0; change < 16; ++change) {
        run("UPDATE request SET properties='{\"Tier\":\"" + std::to_string(change) + "\"}' WHERE id<=1024");
        group_all();
    }
    BOOST_TEST(number("SELECT sum(row_count) FROM row_group") < 20 * 1024);
    BOOST_TEST(count("15") == 1024);
    BOOST_TEST(count("14") == 0);
    BOOST_TEST(count("gold") == 2048 - 128);
    BOOST_TEST(count("silver") == 14 * 1024 - 896);
}

BOOST_AUTO_TEST_CASE(sums_over_time_are_the_same_by_columns_and_by_rows)
{
    constexpr std::int64_t hour_us = 3'600'000'000, start_us = 1'700'000'000'000'000;
    std::vector<request_record> records;
    for (std::int64_t n = 0; n < 3000; ++n) {
        auto& r = records.emplace_back(minimal_at(start_us + n * 10'000'000, n));
        r.ended_us = r.created_us + n * 100;
        r.status = n % 7 == 0 ? 429 : n % 11 == 0 ? status::pending : 200;
        r.model = n % 5 == 0 ? "" : "model-" + std::to_string(n % 3);
        r.provider = n % 2 == 0 ? "openai" : "";
        if (n % 3 != 0) r.used.prompt = n, r.used.completion = 2 * n;
        if (n % 4 == 0) r.used.cache_read = n;
        if (n % 6 == 0) r.time_to_first_token_us = n;
        if (n % 2 == 0) r.cost.nanos = n * 1000;
        r.properties = {{"Tier", n % 9 == 0 ? "gold" : "silver"}};
    }
    BOOST_REQUIRE(insert(db, records).has_value());
    auto const told = [&](traffic_group by, filter const& what) {
        std::string text;
        auto const sums =
            query_traffic(db, default_organization,
                          {.when = {start_us + hour_us / 3, start_us + 7 * hour_us}, .what = what, .by = by},
                          time_buckets(time_increment::hour, 0));
        for (auto const& [of, sum] : sums.value()) {
            text += std::to_string(of.first) + " " + of.second;
            for (auto const value : {sum.calls, sum.errors, sum.prompt_tokens, sum.completion_tokens, sum.total_tokens,
                                     sum.cache_read_tokens, sum.cache_write_tokens, sum.cost_nanos, sum.latency_us,
                                     sum.first_token_us, sum.first_tokens})
                text += " " + std::to_string(value);
            text += "\n";
        }
        return text;
    };
    filter const filters[] = {of_tier("gold"), of_tier("silver"), where(rmt, "latency", comparison::gt, 100.0),
                              where(rmt, "prompt_tokens", comparison::lte, 500.0),
                              where(rmt, "total_tokens", comparison::gt, 6000.0)};
    std::vector<std::string> by_rows;
    for (auto const by : {traffic_group::none, traffic_group::model, traffic_group::provider, traffic_group::status})
        for (auto const& what : filters) by_rows.push_back(told(by, what));

    group_all();
    run("UPDATE request SET path='/other' WHERE id%100=0"); // looked at as rows
    auto at = by_rows.begin();
    for (auto const by : {traffic_group::none, traffic_group::model, traffic_group::provider, traffic_group::status})
        for (auto const& what : filters) {
            BOOST_TEST(!at->empty());
            BOOST_TEST(told(by, what) == *at++);
        }
}

BOOST_AUTO_TEST_CASE(each_organisation_finds_its_own)
{
    run("INSERT INTO organization (id,public_id,name,created_us) VALUES (2,'o2','other',0)");
    add(1, 2048, [](request_record& r) {
        r.path = "/shared";
        if (r.id == row_id{1000}) r.organization = organization_id{2};
    });
    group_all();
    BOOST_TEST(candidates_of(of_path("/shared"), organization_id{2}).value() == ids{1000},
               boost::test_tools::per_element());
    BOOST_TEST(count_requests(db, organization_id{2}, of_path("/shared")).value() == 1);
    BOOST_TEST(count_requests(db, default_organization, of_path("/shared")).value() == 2047);
}

BOOST_AUTO_TEST_CASE(values_of_which_each_call_has_its_own_are_found)
{
    add(1, 4096, [](request_record& r) {
        r.properties = {{"Trace", "a-trace-of-a-call-" + std::to_string(static_cast<std::int64_t>(r.id))}};
    });
    for (int i = 0; i < 16; ++i) add(10'000 + i * 1024, 10'000 + i * 1024 + 1023);
    group_all();
    auto const trace = [](comparison how, std::string text) {
        return where("properties", "", how, std::move(text), "Trace");
    };
    auto const exact = trace(comparison::equals, "a-trace-of-a-call-77");
    BOOST_TEST(candidates_of(exact).value() == ids{77}, boost::test_tools::per_element());
    BOOST_TEST(newest(exact, 10) == ids{77}, boost::test_tools::per_element());
    BOOST_TEST(newest(trace(comparison::contains, "CALL-409"), 10) ==
                   (ids{4096, 4095, 4094, 4093, 4092, 4091, 4090, 409}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(properties_beyond_those_that_a_group_takes_are_found)
{
    add(1, 1024, [](request_record& r) {
        auto const n = std::to_string(static_cast<std::int64_t>(r.id));
        r.properties = {{"Name-" + n, "v" + n}};
    });
    group_all();
    for (std::string const n : {"1", "64", "65", "1000"})
        BOOST_TEST(newest(where("properties", "", comparison::equals, "v" + n, "Name-" + n), 10) == ids{std::stoll(n)},
                   boost::test_tools::per_element());
    BOOST_TEST(newest(where("properties", "", comparison::equals, "v2", "Name-1"), 10).empty());
}

BOOST_AUTO_TEST_CASE(a_joined_group_says_of_no_property_what_a_part_did_not_know)
{
    auto const tier = [](std::string value) {
        return where("properties", "", comparison::equals, std::move(value), "Tier");
    };
    for (std::int64_t part = 0; part < 16; ++part) {
        add(part * 1024 + 1, part * 1024 + 1024, [&](request_record& r) {
            auto const n = static_cast<std::int64_t>(r.id) % 1024;
            r.properties = {{part == 1 && n < 64 ? "Name-" + std::to_string(n) : "Tier", "gold"}};
            if (r.id == row_id{2000}) r.properties = {{"Tier", "rare"}};
        });
        group_all();
    }
    BOOST_TEST(number("SELECT count(*) FROM row_group") == 1);
    BOOST_TEST(newest(tier("rare"), 10) == ids{2000}, boost::test_tools::per_element());
    BOOST_TEST(count_requests(db, default_organization, tier("rare")).value() == 1);
    BOOST_TEST(count_requests(db, default_organization, tier("gold")).value() == 16 * 1024 - 64 - 1);
}

BOOST_AUTO_TEST_CASE(what_was_deleted_stays_away_when_older_calls_are_logged)
{
    add(1000, 3047, [](request_record& r) { r.path = "/p"; });
    group_all();
    BOOST_REQUIRE(prune(db, row_id{1500}, pace).has_value());
    add(5, 5, [](request_record& r) { r.path = "/p"; });

    BOOST_TEST(count_requests(db, default_organization, of_path("/p")).value() == 1549);
    for (int i = 0; i < 15; ++i) {
        add(10'000 + i * 1024, 11'023 + i * 1024);
        group_all();
    }
    BOOST_TEST(number("SELECT max(row_count) FROM row_group") > 8192);
    BOOST_TEST(count_requests(db, default_organization, of_path("/p")).value() == 1549);
    run("DELETE FROM request");
    BOOST_TEST(newest(of_path("/p"), 10).empty());
}

BOOST_AUTO_TEST_CASE(numbers_that_a_double_does_not_have_are_compared_exactly)
{
    constexpr std::int64_t large = 1LL << 53U;
    add(1, 1024, [](request_record& r) { r.used.prompt = large + static_cast<std::int64_t>(r.id) % 2; });
    group_all();
    auto const tokens = [](comparison how, double n) { return where(rmt, "prompt_tokens", how, n); };
    BOOST_TEST(count_requests(db, default_organization, tokens(comparison::gt, large)).value() == 512);
    BOOST_TEST(count_requests(db, default_organization, tokens(comparison::equals, large)).value() == 512);
    BOOST_TEST(count_requests(db, default_organization, tokens(comparison::gt, 1e17)).value() == 0);
}

BOOST_AUTO_TEST_CASE(a_time_is_that_of_the_key_and_of_the_call)
{
    constexpr std::int64_t now_us = 1'700'000'000'000'000, minute_us = 60'000'000;
    std::vector<request_record> records;
    for (std::int64_t n = 0; n < 1024; ++n) {
        records.push_back(minimal_at(now_us, n));
        records.back().created_us -= 5 * minute_us; // the clock stepped back
        records.back().path = "/p";
    }
    BOOST_REQUIRE(insert(db, records).has_value());
    filter before{.is = filter::kind::all_of};
    before.parts = {of_path("/p"),
                    where(rmt, "request_created_at", comparison::lt, filter_time{now_us - 2 * minute_us})};
    auto const by_rows = count_requests(db, default_organization, before).value();
    group_all();
    BOOST_TEST(count_requests(db, default_organization, before).value() == by_rows);
}

BOOST_AUTO_TEST_CASE(groups_go_with_their_last_row)
{
    add(1, 2048, [](request_record& r) { r.path = "/pruned"; });
    group_all();
    BOOST_REQUIRE(prune(db, row_id{1025}, pace).has_value());
    BOOST_TEST(number("SELECT count(*) FROM row_group") == 1);
    BOOST_TEST(number("SELECT count(DISTINCT row_group) FROM column_chunk") == 1);
    BOOST_REQUIRE(prune(db, row_id{2000}, pace).has_value());
    BOOST_TEST(passing(of_path("/pruned")).size() == 49U);
    BOOST_TEST(newest(of_path("/pruned"), 100).size() == 49U);
    BOOST_REQUIRE(prune(db, row_id{3000}, pace).has_value());
    BOOST_TEST(number("SELECT count(*) FROM row_group") == 0);
    BOOST_TEST(number("SELECT (SELECT count(*) FROM column_chunk)+(SELECT count(*) FROM column_content)") == 0);
}

BOOST_AUTO_TEST_CASE(where_too_many_wait_all_are_looked_at)
{
    add(1, 2000, [](request_record& r) {
        if (r.id == row_id{20}) r.path = "/rare";
    });
    group_all();
    run("INSERT INTO ungrouped_rows (row_ids) SELECT json_group_array(1) FROM json_each('[' || substr(replace(hex("
        "zeroblob(32769)),'0',',1'),2) || ']')");
    BOOST_TEST(!candidates_of(of_path("/rare")));
    BOOST_TEST(newest(of_path("/rare"), 10) == ids{20}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(calls_newer_than_all_groups_are_looked_at_however_many_wait)
{
    add(1, 1024, [](request_record& r) {
        if (r.id == row_id{20}) r.path = "/rare";
    });
    group_all();
    run("INSERT INTO ungrouped_rows (row_ids) SELECT json_group_array(5000) FROM json_each('[' || substr(replace(hex("
        "zeroblob(40000)),'0',',1'),2) || ']')");
    BOOST_TEST(candidates_of(of_path("/rare")).value() == ids{20}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(names_of_properties_are_known_of_calls_that_go_on)
{
    add(1, 1024, [](request_record& r) {
        if (r.id != row_id{7}) return;
        r.status = status::pending;
        r.properties = {{"Of-a-session", "x"}};
    });
    group_all();
    auto const named = where(rmt, "search_properties", comparison::contains, "session", "any");
    BOOST_TEST(newest(named, 5) == ids{7}, boost::test_tools::per_element());
    BOOST_TEST(count_requests(db, default_organization, named).value() == 1);
}

BOOST_AUTO_TEST_CASE(a_page_may_ask_for_more_than_its_filter)
{
    add(1, 1024, [](request_record& r) {
        if (static_cast<std::int64_t>(r.id) % 100 == 5) r.path = "/rare";
    });
    run("INSERT INTO score_attribute (id,organization_id,score_key,value_type,created_us) VALUES (1,1,'s','number',0);"
        "INSERT INTO score_value (organization_id,request_id,row_id,attribute_id,int_value,created_us)"
        " SELECT 1,request_id,id,1,95,0 FROM request WHERE id IN (105,205,300)");
    auto const page = [this](std::optional<bool> is_scored, std::optional<bool> is_part_of_experiment) {
        request_query query;
        query.what = of_path("/rare");
        query.is_scored = is_scored;
        query.is_part_of_experiment = is_part_of_experiment;
        ids keys;
        for (auto const& row : query_requests(db, default_organization, query).value())
            keys.push_back(static_cast<std::int64_t>(row.record.id));
        return keys;
    };
    for (bool const has_groups : {false, true}) {
        if (has_groups) group_all();
        BOOST_TEST(number("SELECT count(*) FROM row_group") == (has_groups ? 1 : 0));
        BOOST_TEST(page(true, {}) == (ids{205, 105}), boost::test_tools::per_element());
        BOOST_TEST(page(false, {}).size() == 9U);
        BOOST_TEST(page({}, true).empty());
        BOOST_TEST(page({}, false).size() == 10U); // the page's limit
    }
}

BOOST_AUTO_TEST_CASE(calls_newer_than_all_groups_are_found_by_what_is_said_of_them)
{
    add(1, 1024);
    group_all();
    add(2000, 2900, [](request_record& r) { r.path = r.id < row_id{2500} ? "/early" : "/late"; });
    run("INSERT INTO score_attribute (id,organization_id,score_key,value_type,created_us) VALUES (1,1,'s','number',0);"
        "INSERT INTO score_value (organization_id,request_id,row_id,attribute_id,int_value,created_us)"
        " SELECT 1,request_id,id,1,id%100,0 FROM request WHERE id IN (5,95,1024,2000,2095,2500,2895);"
        "INSERT INTO tag VALUES (1,1,'request','" +
        minimal(2700).request_id.text() + "','good',0),(2,1,'request','" + minimal(7).request_id.text() +
        "','good',0)");
    auto const scored = where(rmt, "scores", comparison::contains, "5", "s");
    auto const tagged = where("tracking", "tag", comparison::contains, "GOO");
    BOOST_TEST(newest(scored, 10) == (ids{2895, 2095, 95, 5}), boost::test_tools::per_element());
    BOOST_TEST(newest(scored, 2, 1) == (ids{2095, 95}), boost::test_tools::per_element());
    BOOST_TEST(newest(tagged, 10) == (ids{2700, 7}), boost::test_tools::per_element());
    for (auto const is : {filter::kind::all_of, filter::kind::any_of}) {
        filter joined{.is = is};
        joined.parts = {of_path("/late"), scored};
        bool const is_all = is == filter::kind::all_of;
        BOOST_TEST(newest(joined, 1000).size() == (is_all ? 1U : 401U + 3U));
    }
}

BOOST_AUTO_TEST_CASE(pages_in_another_order_are_of_the_same_calls)
{
    add(1, 2100, [](request_record& r) {
        auto const n = static_cast<std::int64_t>(r.id);
        if (n % 300 == 5) r.path = "/rare";
        r.cost.nanos = n % 7;
    });
    auto const told = [this] {
        ids keys;
        for (bool const ascending : {false, true})
            for (auto const by : {request_order::time, request_order::cost}) {
                request_query query;
                query.what = of_path("/rare");
                query.by = by;
                query.ascending = ascending;
                for (auto const& row : query_requests(db, default_organization, query).value())
                    keys.push_back(static_cast<std::int64_t>(row.record.id));
            }
        return keys;
    };
    auto const by_rows = told();
    group_all();
    BOOST_TEST(by_rows.size() == 28U);
    BOOST_TEST(told() == by_rows, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
