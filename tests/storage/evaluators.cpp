// Evaluators, who names them, and what their scores come to.
#include "storage/evaluators.hpp"
#include "storage/experiments.hpp"

#include "evaluator_support.hpp"
#include "storage/evaluator_statistics.hpp"

namespace weir::storage
{

BOOST_FIXTURE_TEST_SUITE(evaluators, with_evaluators)

BOOST_AUTO_TEST_CASE(each_organisation_has_its_own)
{
    auto const first = made("Tone"), theirs = made("Tone", other), second = made("Length");

    auto const mine = list_evaluators(db, default_organization).value();
    BOOST_REQUIRE(mine.size() == 2U);
    BOOST_TEST((mine[0].id == second && mine[1].id == first));
    BOOST_TEST(mine[1].name == "Tone");
    BOOST_TEST(mine[1].score_name == "tone");
    BOOST_TEST(mine[1].code_template.value() == R"({"type":"exists"})");
    BOOST_TEST(!mine[1].llm_template.has_value());
    BOOST_TEST((find_evaluator(db, default_organization, theirs).error() == errc::not_found));
    BOOST_TEST((change_evaluator(db, default_organization, theirs, {.name = "x"}, 9).error() == errc::not_found));
    BOOST_TEST((delete_evaluator(db, default_organization, theirs).error() == errc::not_found));
    BOOST_TEST(find_evaluator(db, other, theirs).value().name == "Tone");
}

BOOST_AUTO_TEST_CASE(what_is_not_given_stays)
{
    auto const id = made("Tone");

    auto const changed = change_evaluator(db, default_organization, id, {.llm_template = "{}"}, 77).value();

    BOOST_TEST(changed.name == "Tone");
    BOOST_TEST(changed.llm_template.value() == "{}");
    BOOST_TEST(changed.code_template.value() == R"({"type":"exists"})");
    BOOST_TEST(changed.updated_us == 77);
    BOOST_TEST(changed.created_us != 77);
}

BOOST_AUTO_TEST_CASE(an_organisation_has_a_bounded_number)
{
    for (std::int64_t i = 0; i < most_evaluators; ++i) made("n");
    auto const one = list_evaluators(db, default_organization).value().front().id;
    for (std::int64_t i = 0; i < most_online_evaluators; ++i)
        BOOST_REQUIRE(add_online_evaluator(db, default_organization, one, "{}", 1).has_value());

    BOOST_TEST((add_evaluator(db, default_organization, {}, 1).error() == errc::conflict));
    BOOST_TEST((add_online_evaluator(db, default_organization, one, "{}", 1).error() == errc::conflict));
    made("n", other);
}

BOOST_AUTO_TEST_CASE(experiments_of_both_kinds_name_evaluators)
{
    auto const one = made("One"), two = made("Two"), theirs = made("Theirs", other);
    for (auto const& experiment : {v1, v2}) {
        BOOST_TEST(require_any_experiment(db, default_organization, experiment).has_value());
        BOOST_TEST((require_any_experiment(db, other, experiment).error() == errc::not_found));
        BOOST_TEST(link_evaluator(db, default_organization, experiment, two, 1).has_value());
        BOOST_TEST(link_evaluator(db, default_organization, experiment, one, 2).has_value());
        BOOST_TEST(link_evaluator(db, default_organization, experiment, one, 3).has_value());
        BOOST_TEST((link_evaluator(db, default_organization, experiment, theirs, 3).error() == errc::not_found));

        auto const named = experiment_evaluators(db, default_organization, experiment).value();
        BOOST_REQUIRE(named.size() == 2U);
        BOOST_TEST((named[0].id == two && named[1].id == one));

        BOOST_TEST(unlink_evaluator(db, experiment, two).has_value());
        BOOST_TEST(unlink_evaluator(db, experiment, two).has_value());
        BOOST_TEST(experiment_evaluators(db, default_organization, experiment).value().size() == 1U);
    }

    auto const used = evaluated_experiments(db, default_organization, one).value();
    BOOST_REQUIRE(used.size() == 1U);
    BOOST_TEST((used[0].id == v2));
    BOOST_TEST(used[0].name == "second");
    run("UPDATE experiment_v2 SET deleted_us=1");
    BOOST_TEST(evaluated_experiments(db, default_organization, one).value().empty());
    BOOST_TEST((require_any_experiment(db, default_organization, v2).error() == errc::not_found));
}

BOOST_AUTO_TEST_CASE(live_traffic_is_looked_at_by_those_that_say_so)
{
    auto const id = made("Tone"), theirs = made("Tone", other);
    BOOST_TEST(organizations_with_online_evaluators(db).value().empty());

    BOOST_TEST(add_online_evaluator(db, default_organization, id, R"({"a":1})", 1).has_value());
    BOOST_TEST((add_online_evaluator(db, default_organization, theirs, "{}", 1).error() == errc::not_found));

    auto const all = list_online_evaluators(db, default_organization, id).value();
    BOOST_REQUIRE(all.size() == 1U);
    BOOST_TEST(all[0].config == R"({"a":1})");
    BOOST_TEST(list_online_evaluators(db, other, id).value().empty());
    BOOST_TEST((organizations_with_online_evaluators(db).value() == std::set{default_organization}));
    BOOST_TEST((delete_online_evaluator(db, other, id, all[0].id).error() == errc::not_found));
    BOOST_TEST((delete_online_evaluator(db, default_organization, theirs, all[0].id).error() == errc::not_found));
    BOOST_TEST(delete_online_evaluator(db, default_organization, id, all[0].id).has_value());
    BOOST_TEST(list_online_evaluators(db, default_organization, id).value().empty());
}

BOOST_AUTO_TEST_CASE(what_names_a_deleted_one_goes_with_it_and_its_scores_stay)
{
    auto const id = made("Tone"), stays = made("Other");
    for (auto const& each : {id, stays}) {
        BOOST_REQUIRE(link_evaluator(db, default_organization, v2, each, 1).has_value());
        BOOST_REQUIRE(add_online_evaluator(db, default_organization, each, std::string(all_calls), 1).has_value());
    }
    add_output(numbered_uuid(50));
    BOOST_REQUIRE(queue_evaluations(db, default_organization, v2, 1).value() == 2);
    score(numbered_uuid(50), "tone", 5);
    BOOST_REQUIRE(db.execute("UPDATE score_attribute SET evaluator_id=?1", id).has_value());

    BOOST_TEST(delete_evaluator(db, default_organization, id).has_value());

    for (auto const* table : {"evaluation", "experiment_evaluator", "online_evaluator", "evaluator", "score_value"})
        BOOST_TEST(count(std::string("SELECT count(*) FROM ") + table) == 1, table);
    BOOST_TEST(count("SELECT count(*) FROM score_attribute WHERE evaluator_id IS NULL") == 1);
}

BOOST_AUTO_TEST_CASE(its_scores_are_summed_by_value_and_time)
{
    constexpr std::int64_t day_us = 24 * 3600 * std::int64_t{1'000'000}, noon_us = 1'705'320'000'000'000;
    struct {
        std::int64_t days_ago, value;
        std::string_view key;
    } const given[] = {{1, 90, "tone"}, {1, 70, "tone"}, {9, 40, "tone"}, {40, -5, "tone"}, {2, 1, "tone-hcone-bool"}};
    std::int64_t n = 0;
    for (auto const& [days, value, key] : given) {
        auto const row = minimal_at(noon_us - days * day_us, ++n);
        BOOST_REQUIRE(insert(db, {row}).has_value());
        score(row.request_id, key, value);
    }
    score(numbered_uuid(60), "tone", 100); // a call that is not there
    auto const last = minimal_at(noon_us, ++n);
    BOOST_REQUIRE(insert(db, {last}).has_value());
    score(last.request_id, "tones", 100);

    auto const found = find_evaluator_statistics(db, default_organization, "tone", noon_us).value();

    BOOST_TEST(found.all.count == 5);
    BOOST_TEST(found.all.sum == 196);
    BOOST_TEST(found.last_week.count == 3);
    BOOST_TEST(found.week_before.sum == 40);
    BOOST_TEST((found.spread == std::map<std::int64_t, std::int64_t>{{-20, 1}, {0, 1}, {40, 1}, {60, 1}, {80, 1}}));
    BOOST_TEST(found.last_month.size() == 3U);
    BOOST_TEST(find_evaluator_statistics(db, other, "tone", noon_us).value().all.count == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
