// Columns of filters whose values want more than a row or two to be told apart.
#include "storage/ids.hpp"
#include "storage/judgements.hpp"
#include "tests/storage/filtering.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weir::storage
{

BOOST_FIXTURE_TEST_SUITE(filter_columns, filtering)

BOOST_AUTO_TEST_CASE(the_model_of_a_body_is_the_override_else_what_answered_else_what_was_asked_for)
{
    auto overridden = minimal(1), answered = minimal(2), asked = minimal(3), unknown = minimal(4);
    overridden.request_model = answered.request_model = asked.request_model = "asked";
    overridden.response_model = answered.response_model = "answered";
    overridden.model_override = "override";
    BOOST_REQUIRE(insert(db, {overridden, answered, asked, unknown}).has_value());
    auto const of = [](comparison how, std::string model) {
        return where("response", "body_model", how, std::move(model));
    };

    BOOST_TEST(passing(of(comparison::equals, "override")) == ids{1});
    BOOST_TEST(passing(of(comparison::equals, "answered")) == ids{2});
    BOOST_TEST(passing(of(comparison::equals, "asked")) == ids{3});
    BOOST_TEST(passing(of(comparison::contains, "E")) == (ids{1, 2, 3}));
    BOOST_TEST(passing(of(comparison::not_equals, "asked")) == (ids{1, 2}));
    BOOST_TEST(passing(of(comparison::equals, "null")) == ids{4});
}

BOOST_AUTO_TEST_CASE(the_analytics_row_compares_the_time_of_a_call)
{
    std::vector<request_record> rows;
    for (std::int64_t const second : {-3600, -1, 0, 1, 86'400})
        rows.push_back(minimal_at(noon_us + second * second_us));
    BOOST_REQUIRE(insert(db, rows).has_value());
    using c = comparison;
    struct {
        comparison how;
        std::int64_t second;
        std::vector<std::size_t> expected; // of rows
    } const cases[] = {
        {c::equals, 0, {2}},
        {c::equals, 2, {}},
        {c::gt, 0, {3, 4}},
        {c::gte, 0, {2, 3, 4}},
        {c::lt, 0, {0, 1}},
        {c::lte, 0, {0, 1, 2}},
        {c::gt, 86'400, {}},
        {c::gte, 86'400, {4}},
        {c::lt, -3600, {}},
        {c::lte, -3600, {0}},
        {c::gte, -7200, {0, 1, 2, 3, 4}},
        {c::lt, 172'800, {0, 1, 2, 3, 4}},
    };
    for (auto const* column : {"request_response_rmt", "request"})
        for (auto const& one : cases) {
            ids expected;
            for (auto const i : one.expected) expected.push_back(static_cast<std::int64_t>(rows[i].id));
            std::string_view const name = column == std::string_view("request") ? "created_at" : "request_created_at";
            BOOST_TEST_CONTEXT(column << " " << static_cast<int>(one.how) << " " << one.second)
            BOOST_TEST(passing(where(column, name, one.how, filter_time{noon_us + one.second * second_us})) == expected,
                       boost::test_tools::per_element());
        }
}

BOOST_AUTO_TEST_CASE(what_was_written_to_a_cache_of_prompts_is_compared_and_is_0_where_nothing_was)
{
    auto much = minimal(1), little = minimal(2), none = minimal(3);
    much.used.cache_write = 500;
    much.used.cache_read = 7;
    little.used.cache_write = 7;
    BOOST_REQUIRE(insert(db, {much, little, none}).has_value());
    auto const written = [](comparison how, double tokens) {
        return where("request_response_rmt", "prompt_cache_write_tokens", how, tokens);
    };

    BOOST_TEST(passing(written(comparison::equals, 500)) == ids{1});
    BOOST_TEST(passing(written(comparison::equals, 7)) == ids{2}); // not of what was read
    BOOST_TEST(passing(written(comparison::equals, 0)) == ids{3});
    BOOST_TEST(passing(written(comparison::not_equals, 7)) == (ids{1, 3}));
    BOOST_TEST(passing(written(comparison::gt, 0)) == (ids{1, 2}));
    BOOST_TEST(passing(written(comparison::gte, 500)) == ids{1});
    BOOST_TEST(passing(written(comparison::lt, 7)) == ids{3});
    BOOST_TEST(passing(written(comparison::lte, 7)) == (ids{2, 3}));
}

BOOST_AUTO_TEST_CASE(a_call_is_found_by_the_id_of_any_of_its_images)
{
    auto two = complete(1), one = complete(2), bare = minimal(3);
    two.asset_count = 2;
    one.asset_count = 1;
    BOOST_REQUIRE(insert(db, {two, one, bare}).has_value());
    auto const image = [](comparison how, std::string id) {
        return where("request_response_rmt", "assets", how, std::move(id));
    };
    auto const first = asset_id(two.id, 0).text(), second = asset_id(two.id, 1).text(),
               other = asset_id(one.id, 0).text();

    BOOST_TEST(passing(image(comparison::equals, first)) == ids{1});
    BOOST_TEST(passing(image(comparison::equals, second)) == ids{1});
    BOOST_TEST(passing(image(comparison::equals, other)) == ids{2});
    BOOST_TEST(passing(image(comparison::equals, asset_id(one.id, 1).text())).empty()); // it has no second one
    BOOST_TEST(passing(image(comparison::contains, second.substr(5))) == ids{1});
    BOOST_TEST(passing(image(comparison::contains, "")) == (ids{1, 2}));
    BOOST_TEST(passing(image(comparison::not_equals, first)) == (ids{1, 2})); // by its second one
    BOOST_TEST(passing(image(comparison::not_equals, other)) == ids{1});
}

BOOST_AUTO_TEST_CASE(feedback_as_a_score_is_true_or_false_or_not_there)
{
    auto const good = minimal(1), bad = minimal(2), unrated = minimal(3), scored = minimal(4);
    BOOST_REQUIRE(insert(db, {good, bad, unrated, scored}).has_value());
    BOOST_REQUIRE(set_feedback(db, default_organization, good.request_id, true, 5).has_value());
    BOOST_REQUIRE(set_feedback(db, default_organization, bad.request_id, false, 5).has_value());
    score const others[] = {{.key = "quality", .value = 1}};
    BOOST_REQUIRE(add_scores(db, default_organization, scored.request_id, others, 5).has_value());
    auto const rated = [](bool is_good) {
        return where("request_response_rmt", "helicone-score-feedback", comparison::equals, is_good);
    };

    BOOST_TEST(passing(rated(true)) == ids{1});
    BOOST_TEST(passing(rated(false)) == ids{2});
    BOOST_TEST(passing(where("feedback", "rating", comparison::equals, true)) == ids{1});
    BOOST_TEST(passing(where("feedback", "rating", comparison::equals, false)) == ids{2});
}

BOOST_AUTO_TEST_CASE(a_time_that_is_not_known_passes_no_comparison)
{
    auto ended = minimal_at(noon_us), open = minimal_at(noon_us, 1);
    open.status = status::pending;
    open.ended_us = 0;
    BOOST_REQUIRE(insert(db, {ended, open}).has_value());
    BOOST_REQUIRE(
        set_feedback(db, default_organization, ended.request_id, true, ended.ended_us).has_value()); // not of the other
    struct {
        std::string_view table, column;
    } const columns[] = {{"request_response_rmt", "response_created_at"}, {"feedback", "created_at"}};
    using c = comparison;
    for (auto const& of : columns)
        for (auto const how : {c::equals, c::gt, c::gte, c::lt, c::lte})
            for (std::int64_t const time_us :
                 {std::int64_t{0}, ended.ended_us - 1, ended.ended_us, ended.ended_us + 1}) {
                bool const passes = compares(ended.ended_us, how, time_us);
                BOOST_TEST_CONTEXT(of.table << "." << of.column << " " << static_cast<int>(how) << " " << time_us)
                BOOST_TEST(passing(where(of.table, of.column, how, filter_time{time_us})) ==
                           (passes ? ids{static_cast<std::int64_t>(ended.id)} : ids{}));
            }
}

BOOST_AUTO_TEST_CASE(scores_are_compared_as_numbers_and_searched_as_text)
{
    auto const high = minimal(1), low = minimal(2), negative = minimal(3), other = minimal(4);
    BOOST_REQUIRE(insert(db, {high, low, negative, other, minimal(5)}).has_value());
    auto const give = [this](request_record const& to, std::string key, std::int64_t value) {
        score const one[] = {{.key = std::move(key), .value = value}};
        BOOST_REQUIRE(add_scores(db, default_organization, to.request_id, one, 5).has_value());
    };
    give(high, "quality", 95);
    give(low, "quality", 9);
    give(negative, "quality", -5);
    give(other, "speed", 95);
    auto const quality = [](comparison how, std::string text) {
        return where("request_response_rmt", "scores", how, std::move(text), "quality");
    };
    using c = comparison;
    struct {
        comparison how;
        char const* text;
        ids expected;
    } const cases[] = {
        {c::equals, "95", {1}},
        {c::equals, "95.0", {1}},
        {c::equals, "-5", {3}},
        {c::not_equals, "95", {2, 3}},
        {c::like, "95", {1}},
        {c::like, "9", {2}}, // the whole of it
        {c::like, "9%", {1, 2}},
        {c::like, "_5", {1, 3}},
        {c::ilike, "95", {1}},
        {c::ilike, "%5", {1, 3}},
        {c::ilike, "5", {}},
        {c::contains, "5", {1, 3}},
        {c::not_contains, "5", {2}},
        {c::not_contains, "9", {3}}, // and no call without that score
        {c::not_contains, "7", {1, 2, 3}},
    };
    for (auto const& one : cases) BOOST_TEST_CONTEXT(static_cast<int>(one.how) << " " << one.text)
    BOOST_TEST(passing(quality(one.how, one.text)) == one.expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
