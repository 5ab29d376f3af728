#include "storage/field_texts.hpp"
#include "storage/traffic_query.hpp"
#include "tests/storage/grouping.hpp"

/// Large row groups share lists of texts, and say beforehand which values they may have.
namespace weir::storage
{
namespace
{

struct grouping_many : grouping {
    /// Leaves a list no room for others.
    void fill_list(field_name field)
    {
        std::vector<std::string> texts;
        for (int n = 0; n < 64; ++n) texts.push_back(std::string(65'000, 'x') + std::to_string(n));
        auto list = field_texts::read(db, field).value();
        std::size_t left = 5'000'000;
        BOOST_REQUIRE(list.numbers_of({texts.begin(), texts.end()}, left).has_value());
        BOOST_REQUIRE(field_texts::write(db, list.changes()).has_value());
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(large_groups, grouping_many)

BOOST_AUTO_TEST_CASE(small_groups_become_a_large_one)
{
    for (int i = 0; i < 17; ++i) {
        add(i * 1024 + 1, i * 1024 + 1024, [&](request_record& r) {
            r.path = "/part/" + std::to_string(i);
            if (i % 2 == 0) r.properties = {{"Tier", "even"}};
        });
        group_all();
    }
    BOOST_TEST(number("SELECT count(*) FROM row_group") == 2);
    BOOST_TEST(number("SELECT sum(row_count) FROM row_group") == 17 * 1024);
    for (std::int64_t const i : {0, 7, 16}) {
        auto const found = candidates_of(of_path("/part/" + std::to_string(i))).value();
        BOOST_TEST_REQUIRE(found.size() == 1024U);
        BOOST_TEST(found.back() == i * 1024 + 1);
    }
    BOOST_TEST(count_requests(db, default_organization, of_tier("even")).value() == 9 * 1024);
}

BOOST_AUTO_TEST_CASE(large_groups_tell_texts_by_their_numbers)
{
    // Users too many for a dictionary.
    add(1, 8200, [](request_record& r) {
        auto const n = static_cast<std::int64_t>(r.id);
        r.user_id = n % 3 == 0 ? "" : "a-user-with-a-long-name-" + std::to_string(n % 5000);
        r.request_model = n % 4 == 0 ? "" : "model-" + std::to_string(n % 40);
        if (n % 40 == 0) r.properties = {{"Tier", n % 80 == 0 ? "" : "t" + std::to_string(n % 7)}};
        if (n % 1000 == 1) r.properties = {{"Team", "x"}};
        if (n == 4000) r.asset_count = 2;
    });
    group_as_one();
    BOOST_TEST(number("SELECT count(*) FROM row_group") == 1);
    BOOST_TEST(number("SELECT count(*) FROM column_chunk WHERE form=3 AND field IN ('r.user_id','r.request_model',"
                      "'properties.Tier')") == 3);
    using c = comparison;
    std::vector<filter> filters;
    for (auto const how : {c::equals, c::like, c::contains, c::gt})
        for (std::string const text : {"a-user-with-a-long-name-77", "NAME-77", "%-1234", "zz", "null", ""}) {
            filters.push_back(where("request", "user_id", how, text));
            filters.push_back(where(rmt, "user_id", how, text));
        }
    for (auto const how : {c::equals, c::not_equals, c::contains, c::not_contains, c::lte})
        for (std::string const text : {"t1", "MODEL-3", "model-3", "zz", "null", ""}) {
            filters.push_back(where("properties", "", how, text, "Tier"));
            filters.push_back(where(rmt, "properties", how, text, "Tier"));
            filters.push_back(where("request", "model", how, text));
        }
    for (auto const how : {c::equals, c::not_equals, c::contains, c::not_contains})
        for (std::string const text : {"Tier", "e", "zz"})
            filters.push_back(where(rmt, "search_properties", how, text, "any"));
    for (std::string const text : {"zz", "null"}) filters.push_back(where(rmt, "assets", c::not_equals, text));
    BOOST_TEST(compare_with_rows(filters) > filters.size() * 3 / 4);
}

BOOST_AUTO_TEST_CASE(models_of_large_groups_are_summed_up_by_their_numbers)
{
    std::vector<request_record> records;
    for (std::int64_t n = 0; n < 8200; ++n) {
        auto& r = records.emplace_back(minimal_at(noon_us, n));
        r.model = n % 5 == 0 ? "" : "model-" + std::to_string(n % 3);
        r.path = n % 2 == 0 ? "/even" : "/odd";
        r.cost.nanos = n;
    }
    BOOST_REQUIRE(insert(db, records).has_value());
    auto const told = [this] {
        std::string text;
        auto const sums = query_traffic(
            db, default_organization,
            {.when = {noon_us - hour_us, noon_us + hour_us}, .what = of_path("/even"), .by = traffic_group::model},
            time_buckets(time_increment::hour, 0));
        for (auto const& [of, sum] : sums.value())
            text += of.second + "=" + std::to_string(sum.calls) + "," + std::to_string(sum.cost_nanos) + " ";
        return text;
    };
    auto const by_rows = told();
    group_as_one();
    BOOST_TEST(by_rows.find("model-2=") != by_rows.npos);
    BOOST_TEST(told() == by_rows);
}

BOOST_AUTO_TEST_CASE(texts_that_no_call_has_any_more_are_forgotten)
{
    auto const users = [](std::string const& prefix) {
        return [prefix](request_record& r) {
            auto const n = static_cast<std::int64_t>(r.id);
            r.user_id = n % 100 == 0 ? "everywhere" : prefix + std::to_string(n % 3000);
            r.path = "/" + prefix;
        };
    };
    auto const is_kept = [this](std::string const& text) {
        return number("SELECT count(*) FROM field_text WHERE instr(texts,CAST('" + text + "' AS BLOB))") > 0;
    };
    auto const calls_of = [this](std::string const& user) {
        return count_requests(db, default_organization, where("request", "user_id", comparison::equals, user)).value();
    };
    add(1, 8200, users("first-"));
    group_as_one();
    add(10'001, 18'200, users("second-"));
    group_as_one();
    BOOST_TEST(is_kept("first-77"));

    BOOST_REQUIRE(prune(db, row_id{10'000}, pace).has_value());
    group_all();
    BOOST_TEST(!is_kept("first-"));
    BOOST_TEST(is_kept("second-77"));
    BOOST_TEST(number("SELECT count(*) FROM field_text_check") == 0);
    BOOST_TEST(calls_of("second-77") > 0);
    BOOST_TEST(calls_of("everywhere") == 82);

    auto const parts = number("SELECT count(*) FROM field_text WHERE field='r.user_id'");
    add(20'001, 28'200, users("third-"));
    group_as_one();
    BOOST_TEST(number("SELECT count(*) FROM field_text WHERE field='r.user_id'") == parts); // in the place of the first
    BOOST_TEST(calls_of("third-77") > 0);
    BOOST_TEST(calls_of("second-77") > 0);
    BOOST_TEST(calls_of("everywhere") == 164);
}

BOOST_AUTO_TEST_CASE(equal_numbers_and_texts_of_their_own_are_found_by_filters_of_large_groups)
{
    // Far apart, so that they take four bytes, and users that are too many for a list.
    fill_list(fields::user);
    for (std::int64_t group = 0; group < 2; ++group) {
        add(group * 10'000 + 1, group * 10'000 + 8200, [](request_record& r) {
            auto const n = static_cast<std::int64_t>(r.id);
            r.ended_us = r.created_us + n * 5'000;
            if (n % 2 == 0) r.used.prompt = n * 100'003;
            r.user_id = "a-user-with-a-long-name-" + std::to_string(n);
        });
        group_as_one();
    }
    BOOST_TEST(number("SELECT count(*) FROM column_chunk WHERE filter_parts=32 AND field IN ('r.user_id',"
                      "'r.prompt_tokens','CASE WHEN r.status<>-2 THEN r.ended_us-r.created_us END')") == 6);
    using c = comparison;
    std::vector<filter> filters;
    for (auto const how : {c::equals, c::not_equals, c::gte, c::lt})
        for (std::int64_t const n : {0, 2, 7, 8200, 10'001, 15'000, 18'200, 30'000}) {
            filters.push_back(where(rmt, "latency", how, static_cast<double>(n) * 5));
            filters.push_back(where(rmt, "latency", how, static_cast<double>(n) * 5 + 1));
            filters.push_back(where(rmt, "prompt_tokens", how, static_cast<double>(n) * 100'003));
        }
    for (std::int64_t const n : {7, 8200, 10'001, 30'000})
        filters.push_back(where("request", "user_id", c::equals, "a-user-with-a-long-name-" + std::to_string(n)));
    BOOST_TEST(compare_with_rows(filters) == filters.size());

    BOOST_REQUIRE(prune(db, row_id{9000}, pace).has_value());
    BOOST_TEST(number("SELECT count(DISTINCT row_group) FROM value_filter") == 1);
    BOOST_TEST(compare_with_rows(filters) == filters.size());
    BOOST_REQUIRE(prune(db, row_id{30'000}, pace).has_value());
    BOOST_TEST(number("SELECT count(*) FROM value_filter") == 0);
}

BOOST_AUTO_TEST_CASE(a_filter_that_is_said_to_have_many_parts_is_deleted_all_the_same)
{
    add(1, 8200);
    group_as_one();
    run("UPDATE column_chunk SET filter_parts=1<<60");
    BOOST_REQUIRE(prune(db, row_id{9000}, pace).has_value());
    BOOST_TEST(number("SELECT count(*) FROM row_group") == 0);
}

BOOST_AUTO_TEST_CASE(groups_beyond_the_first_ones_are_found_by_their_filters)
{
    // The newest six have nothing; of the others one has its users in hashes.
    fill_list(fields::user);
    std::size_t const groups = 8;
    for (std::size_t group = 0; group < groups; ++group) {
        auto const first = static_cast<std::int64_t>(group) * 10'000 + 1;
        add(first, first + 8199, [&](request_record& r) {
            auto const n = static_cast<std::int64_t>(r.id) % 10'000;
            r.user_id = "a-user-with-a-long-name-" + std::to_string(group < 2 ? n : -n);
            r.ended_us = r.created_us + (group < 2 ? n * 5'000 : 50'000'000 + n * 5'001);
        });
        group_as_one();
        if (group == 0) run("DELETE FROM field_text");
    }
    BOOST_TEST(number("SELECT count(*) FROM row_group") == 8);
    BOOST_TEST(number("SELECT count(DISTINCT form) FROM column_chunk WHERE field='r.user_id'") == 2);
    auto const user = where("request", "user_id", comparison::equals, "a-user-with-a-long-name-77");
    BOOST_TEST(newest(user, 10) == (ids{10'077, 77}), boost::test_tools::per_element());
    BOOST_TEST(newest(user, 1, 1) == ids{77}, boost::test_tools::per_element());
    BOOST_TEST(count_requests(db, default_organization, user).value() == 2);
    auto const part = where("request", "user_id", comparison::contains, "NAME-777");
    BOOST_TEST(newest(part, 100).size() == 22U);
    auto const exactly = where(rmt, "latency", comparison::equals, 77.0 * 5);
    BOOST_TEST(newest(exactly, 10) == (ids{10'077, 77}), boost::test_tools::per_element());
    BOOST_TEST(newest(where(rmt, "latency", comparison::equals, 77.0 * 5 + 1), 10).empty());
    filter either{.is = filter::kind::any_of};
    either.parts = {user, exactly, where(rmt, "latency", comparison::equals, 385.0)};
    BOOST_TEST(newest(either, 10) == (ids{10'077, 77}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_damaged_filter_is_not_taken_for_one_of_no_texts)
{
    auto const of = [](char first) {
        return [first](request_record& r) { r.user_id = first + std::to_string(static_cast<std::int64_t>(r.id) % 77); };
    };
    auto const calls_of = [this](std::string const& user) {
        return count_requests(db, default_organization, where("request", "user_id", comparison::equals, user)).value();
    };
    for (std::int64_t group = 0; group < 3; ++group) {
        add(group * 10'000 + 1, group * 10'000 + 8200, of(static_cast<char>('u' + group)));
        group_as_one();
    }
    run("UPDATE value_filter SET bits=CAST(x'09'||substr(bits,2) AS BLOB) WHERE field='r.user_id' AND row_group=2");
    auto const before = calls_of("v7");
    BOOST_TEST(before > 100);
    BOOST_REQUIRE(prune(db, row_id{9'000}, pace).has_value());
    group_all();
    BOOST_TEST(calls_of("v7") == before);
    add(40'001, 48'200, of('x'));
    group_as_one();
    BOOST_TEST(calls_of("v7") == before);
    BOOST_TEST(calls_of("x7") == 106);
    BOOST_TEST(number("SELECT count(*) FROM field_text_check") == 0);
}

BOOST_AUTO_TEST_CASE(a_full_list_that_is_damaged_is_given_up)
{
    add(1, 8200, [](request_record& r) { r.path = "/" + std::to_string(static_cast<std::int64_t>(r.id) % 10); });
    group_as_one();
    run("UPDATE field_text SET texts=CAST(x'000000ff'||zeroblob(4194304) AS BLOB) WHERE field='r.path'");
    add(10'001, 18'200, [](request_record& r) { r.path = "/7"; });
    group_as_one();
    group_all();
    BOOST_TEST(number("SELECT count(*) FROM field_text WHERE field='r.path'") == 0);
    BOOST_TEST(count_requests(db, default_organization, of_path("/7")).value() == 820 + 8200);
}

BOOST_AUTO_TEST_CASE(groups_of_a_damaged_list_are_made_anew)
{
    auto const users = [](request_record& r) {
        r.user_id = "u" + std::to_string(static_cast<std::int64_t>(r.id) % 77);
    };
    auto const calls_of = [this](std::string const& user) {
        return count_requests(db, default_organization, where("request", "user_id", comparison::equals, user));
    };
    auto const forms = "SELECT group_concat(form) FROM column_chunk WHERE field='r.user_id'";
    auto const told = [&] { return first_value<std::string>(db.query(forms)).value(); };
    add(1, 8200, users);
    group_as_one();
    BOOST_TEST(told() == "3");
    run("UPDATE field_text SET texts=x'000000ff7537' WHERE field='r.user_id'");
    BOOST_TEST(calls_of("u7").error() == make_error_code(errc::damaged));

    add(10'001, 18'200, users);
    group_as_one();
    BOOST_TEST(number("SELECT count(*) FROM field_text_check") == 0);
    BOOST_TEST(number("SELECT sum(row_count) FROM row_group") +
                   number("SELECT total(json_array_length(row_ids)) FROM ungrouped_rows") ==
               16'400);
    BOOST_TEST(told().find('3') == std::string::npos);
    BOOST_TEST(calls_of("u7").value() == 214);

    add(20'001, 28'200, users);
    group_as_one();
    BOOST_TEST(told().find('3') != std::string::npos);
    BOOST_TEST(calls_of("u7").value() == 321);
}

BOOST_AUTO_TEST_CASE(where_the_texts_of_a_field_are_too_many_a_large_group_has_its_own)
{
    for (field_name const field : {"r.user_id", "r.path"}) fill_list(field);
    add(1, 8200, [](request_record& r) {
        auto const n = static_cast<std::int64_t>(r.id);
        r.user_id = "a-user-with-a-long-name-" + std::to_string(n);
        r.path = "/" + std::to_string(n % 100);
    });
    group_as_one();
    BOOST_TEST(number("SELECT form FROM column_chunk WHERE field='r.user_id'") == static_cast<int>(chunk_form::hashes));
    BOOST_TEST(number("SELECT form FROM column_chunk WHERE field='r.path'") == static_cast<int>(chunk_form::texts));
    BOOST_TEST(newest(where("request", "user_id", comparison::equals, "a-user-with-a-long-name-77"), 5) == ids{77},
               boost::test_tools::per_element());
    BOOST_TEST(newest(of_path("/77"), 2) == (ids{8177, 8077}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
