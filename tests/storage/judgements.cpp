#include "storage/judgements.hpp"

#include "storage/pruning.hpp"
#include "storage/score_statistics.hpp"
#include "tests/support/record_calls.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::storage
{
namespace
{

struct judging : fresh_database {
    std::int64_t calls = 0;

    request_record call(std::int64_t time_us = noon_us, organization_id organization = default_organization,
                        std::string model = {})
    {
        auto made = minimal_at(time_us, calls++);
        made.organization = organization;
        made.model = std::move(model);
        BOOST_REQUIRE(insert(db, {made}).has_value());
        return made;
    }

    void give(request_record const& to, std::vector<score> const& scores, std::int64_t now_us = noon_us)
    {
        BOOST_REQUIRE(add_scores(db, to.organization, to.request_id, scores, now_us).has_value());
    }

    std::string value_of(std::string const& sql)
    {
        auto found = db.query(sql);
        BOOST_REQUIRE(found.has_value());
        BOOST_REQUIRE(found->next());
        return found->get<std::optional<std::string>>(0).value_or("NULL");
    }

    /// "name=value", of a boolean "name?value".
    std::string scores_of(request_record const& of)
    {
        std::string all;
        auto const found = find_request(db, of.organization, of.request_id);
        BOOST_REQUIRE(found.has_value());
        for (auto const& s : found->scores) all += s.key + (s.is_boolean ? '?' : '=') + std::to_string(s.value) + ' ';
        return all;
    }

    /// "name count sum least greatest" of each bucket.
    std::string sums(time_range const& when, filter const& what = {}, time_increment increment = time_increment::hour,
                     organization_id organization = default_organization)
    {
        auto const found = scores_over_time(db, organization, when, what, time_buckets(increment, 0));
        BOOST_REQUIRE(found.has_value());
        std::string all;
        for (auto const& [start, by_key] : *found)
            for (auto const& [key, s] : by_key) {
                all += std::to_string((start - noon_us) / second_us) + ' ' + key;
                for (double const n : {static_cast<double>(s.count), s.sum, s.least, s.greatest})
                    all += ' ' + std::to_string(static_cast<int>(n));
                all += "; ";
            }
        return all;
    }
};

filter of_model(std::string model)
{
    return {.is = filter::kind::condition,
            .condition = {.table = "request_response_rmt",
                          .column = "model",
                          .how = comparison::equals,
                          .operand = std::move(model)}};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(judgements_, judging)

BOOST_AUTO_TEST_CASE(the_last_value_of_a_name_stays_and_a_boolean_s_name_has_its_suffix)
{
    auto const one = call();
    give(one, {{"b", 1, false}, {"a", 1, true}});
    give(one, {{"b", -2, false}, {"a", 5, false}});
    give(one, {});

    BOOST_TEST(scores_of(one) == "a=5 a-hcone-bool?1 b=-2 ");
}

BOOST_AUTO_TEST_CASE(the_type_of_a_name_is_that_of_its_last_value)
{
    auto const one = call();
    give(one, {{"s-hcone-bool", 3, false}});
    BOOST_TEST(scores_of(one) == "s-hcone-bool=3 ");
    BOOST_REQUIRE(db.execute_script("UPDATE score_attribute SET evaluator_id=x'01'").has_value());

    give(one, {{"s", 0, true}});
    BOOST_TEST(scores_of(one) == "s-hcone-bool?0 ");
    BOOST_TEST(value_of("SELECT count(*)||coalesce(max(evaluator_id),'none') FROM score_attribute") == "1none");
}

BOOST_AUTO_TEST_CASE(feedback_is_a_rating_and_a_score)
{
    auto const one = call();
    BOOST_REQUIRE(set_feedback(db, default_organization, one.request_id, true, 5).has_value());
    auto const first = find_request(db, default_organization, one.request_id).value().rating;
    BOOST_REQUIRE(set_feedback(db, default_organization, one.request_id, false, 6).has_value());
    auto const second = find_request(db, default_organization, one.request_id).value().rating;

    BOOST_TEST_REQUIRE((first && second));
    BOOST_TEST((first->is_good && first->created_us == 5));
    BOOST_TEST((!second->is_good && second->created_us == 6));
    BOOST_TEST((first->id == second->id));
    BOOST_TEST(scores_of(one) == "helicone-score-feedback=0 ");

    give(one, {{"helicone-score-feedback", 1, true}}, 7); // a boolean is another score
    BOOST_TEST(!find_request(db, default_organization, one.request_id).value().rating->is_good);
    give(one, {{"helicone-score-feedback", 1, false}}, 8);
    BOOST_TEST(find_request(db, default_organization, one.request_id).value().rating->is_good);
}

BOOST_AUTO_TEST_CASE(organisations_share_neither_names_nor_scores)
{
    auto const mine = call(), theirs = call(noon_us, other_organization);
    give(mine, {{"s", 1, false}});
    give(theirs, {{"s", 2, false}, {"t", 3, false}});
    BOOST_REQUIRE(add_scores(db, default_organization, theirs.request_id, std::vector<score>{{"s", 9, false}}, 0));

    BOOST_TEST(scores_of(mine) == "s=1 ");
    BOOST_TEST(scores_of(theirs) == "s=2 t=3 ");
    BOOST_TEST((score_keys(db, default_organization).value() == std::vector<std::string>{"s"}));
    BOOST_TEST((score_keys(db, other_organization).value() == std::vector<std::string>{"s", "t"}));
    BOOST_TEST(sums({noon_us, noon_us + hour_us}) == "0 s 1 1 1 1; ");
}

BOOST_AUTO_TEST_CASE(scores_that_came_before_their_call_are_tied_to_it_by_the_recorder)
{
    auto early = minimal_at(noon_us, 5), theirs = minimal_at(noon_us, 6), unknown = minimal_at(noon_us, 7);
    theirs.organization = other_organization;
    give(early, {{"s", 4, false}});
    BOOST_REQUIRE(set_feedback(db, default_organization, early.request_id, true, 0).has_value());
    BOOST_REQUIRE(add_scores(db, default_organization, theirs.request_id, std::vector<score>{{"s", 9, false}}, 0));
    give(unknown, {{"s", 7, false}});
    BOOST_TEST(has_pending_scores(db).value());
    BOOST_TEST(sums({noon_us, noon_us + hour_us}) == "");

    record_calls(path, {early, theirs});

    BOOST_TEST(scores_of(early) == "helicone-score-feedback=1 s=4 ");
    BOOST_TEST(sums({noon_us, noon_us + hour_us}) == "0 helicone-score-feedback 1 1 1 1; 0 s 1 4 4 4; ");
    BOOST_TEST(scores_of(theirs) == ""); // what another organisation said of it stays untied
    BOOST_TEST(value_of("SELECT count(*) FROM score_value WHERE row_id IS NULL") == "2");
}

BOOST_AUTO_TEST_CASE(a_score_goes_with_its_call)
{
    auto const old = call(noon_us), young = call(noon_us + hour_us);
    for (auto const& one : {old, young}) give(one, {{"s", 1, false}, {"helicone-score-feedback", 1, false}});
    BOOST_REQUIRE(prune(db, young.id, {.pause = [](auto) { return true; }, .may_write = {}, .report = {}}).has_value());

    BOOST_TEST(value_of("SELECT count(*) FROM score_value") == "2");
    BOOST_TEST(value_of("SELECT count(*) FROM feedback") == "1");
    BOOST_TEST(sums({noon_us, noon_us + 2 * hour_us}) == "3600 helicone-score-feedback 1 1 1 1; 3600 s 1 1 1 1; ");
    BOOST_TEST((score_keys(db, default_organization).value() ==
                std::vector<std::string>{"helicone-score-feedback", "s"})); // names stay
}

BOOST_AUTO_TEST_CASE(sums_are_those_of_the_calls_of_a_range_that_pass_a_filter)
{
    BOOST_TEST(sums({0, INT64_MAX}) == "");
    give(call(noon_us, default_organization, "a"), {{"s", 10, false}, {"t", 1, true}});
    give(call(noon_us + second_us, default_organization, "b"), {{"s", -4, false}});
    give(call(noon_us + hour_us, default_organization, "a"), {{"s", 3, false}});

    BOOST_TEST(sums({noon_us, noon_us + 2 * hour_us}) == "0 s 2 6 -4 10; 0 t-hcone-bool 1 1 1 1; 3600 s 1 3 3 3; ");
    BOOST_TEST(sums({noon_us, noon_us + second_us}) == "0 s 1 10 10 10; 0 t-hcone-bool 1 1 1 1; ");
    BOOST_TEST(sums({noon_us + 1000, noon_us + second_us + 1000}) == "0 s 1 -4 -4 -4; ");
    BOOST_TEST(sums({noon_us, noon_us + 2 * hour_us}, of_model("a")) ==
               "0 s 1 10 10 10; 0 t-hcone-bool 1 1 1 1; 3600 s 1 3 3 3; ");
    BOOST_TEST(sums({noon_us, noon_us + 2 * hour_us}, of_model("none")) == "");
    BOOST_TEST(sums({noon_us, noon_us + 2 * hour_us}, {}, time_increment::hour, other_organization) == "");
    BOOST_TEST(sums({noon_us + hour_us, noon_us}) == "");
}

BOOST_AUTO_TEST_CASE(distributions_are_of_all_values_of_a_range)
{
    for (std::int64_t const value : {0, 9, 100}) give(call(), {{"s", value, false}});
    give(call(noon_us + hour_us), {{"s", 1000, false}});
    give(call(noon_us, other_organization), {{"theirs", 1, false}});

    auto const found = score_distributions(db, default_organization, {noon_us, noon_us + hour_us}, {}).value();
    BOOST_TEST_REQUIRE(found.size() == 1U);
    auto const& bars = found.at("s");
    BOOST_TEST_REQUIRE(bars.size() == 2U);
    BOOST_TEST((bars[0].lower == 0 && bars[0].upper == 10 && bars[0].count == 2));
    BOOST_TEST((bars[1].lower == 90 && bars[1].upper == 100 && bars[1].count == 1));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
