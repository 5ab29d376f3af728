// The queue of calls that evaluators are to score.
#include "storage/evaluations.hpp"

#include "evaluator_support.hpp"
#include "storage/recorder.hpp"
#include "storage/runs.hpp"
#include "tests/support/wait.hpp"

#include <atomic>

namespace weir::storage
{
namespace
{

class evaluated_record final : public pending_record
{
public:
    evaluated_record(request_record record, std::atomic<int>& settled)
        : record_(std::move(record))
        , settled_(settled)
    {
    }
    std::pair<request_record, bodies> make() override { return {record_, {}}; }
    void settle(boost::system::error_code error) noexcept override { settled_ += error ? 1000 : 1; }
    std::size_t bytes() const override { return 1000; }

private:
    request_record record_;
    std::atomic<int>& settled_;
};

struct with_queue : with_evaluators {
    std::int64_t queue(uuid const& experiment)
    {
        auto const waiting = queue_evaluations(db, default_organization, experiment, now_us);
        BOOST_REQUIRE_MESSAGE(waiting.has_value(), db.message());
        return *waiting;
    }

    bool lacks(uuid const& experiment)
    {
        auto const found = lacks_scores(db, default_organization, experiment);
        BOOST_REQUIRE_MESSAGE(found.has_value(), db.message());
        return *found;
    }

    void link(uuid const& experiment, uuid const& evaluator)
    {
        BOOST_REQUIRE(link_evaluator(db, default_organization, experiment, evaluator, 1).has_value());
    }

    void look_live(uuid const& evaluator, std::string_view config, organization_id whose = default_organization)
    {
        BOOST_REQUIRE(add_online_evaluator(db, whose, evaluator, std::string(config), 1).has_value());
    }

    void note(std::int64_t id, std::vector<std::pair<std::string, std::string>> properties = {}, int status = 200,
              organization_id whose = default_organization)
    {
        auto row = minimal(id);
        row.organization = whose;
        row.status = status;
        row.properties = std::move(properties);
        BOOST_REQUIRE_MESSAGE(add_live_evaluations(db, row, 100).has_value(), db.message());
    }

    /// The ids of the calls that wait for an evaluator.
    std::string waiting(uuid const& evaluator)
    {
        std::string all;
        for (auto const& one : due_evaluations(db, evaluator, INT64_MAX, 1000).value())
            all += std::to_string(static_cast<std::int64_t>(row_id_of(one.request).value_or(row_id{}))) + " ";
        return all;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(evaluations, with_queue)

BOOST_AUTO_TEST_CASE(outputs_of_both_kinds_are_queued_once_for_each_evaluator)
{
    auto const one = made("One"), two = made("Two");
    for (unsigned n = 10; n < 13; ++n) {
        add_output(numbered_uuid(n));
        add_run(numbered_uuid(n + 10));
    }
    for (auto const& experiment : {v1, v2}) {
        BOOST_TEST(!lacks(experiment));
        BOOST_TEST(queue(experiment) == 0);
        link(experiment, one);
        link(experiment, two);
        BOOST_TEST(lacks(experiment));

        BOOST_TEST(queue(experiment) == 6);
        BOOST_TEST(queue(experiment) == 6);
    }
    BOOST_TEST(count("SELECT count(*) FROM evaluation") == 12);
    BOOST_TEST(count_evaluations(db, other, v1).value() == 0);
    BOOST_TEST(unlink_evaluator(db, v1, one).has_value());
    BOOST_TEST(count_evaluations(db, default_organization, v1).value() == 3);
}

BOOST_AUTO_TEST_CASE(a_score_by_either_name_suffices)
{
    auto const one = made("One");
    link(v2, one);
    for (unsigned n = 10; n < 13; ++n) add_output(numbered_uuid(n));
    score(numbered_uuid(10), "one", 3);
    score(numbered_uuid(11), "one", 1, true);
    score(numbered_uuid(12), "One", 3);

    BOOST_TEST(lacks(v2));
    BOOST_TEST(queue(v2) == 1);
    BOOST_TEST((due_evaluations(db, one, now_us, 10).value().at(0).request == numbered_uuid(12)));
    score(numbered_uuid(12), "one", 0, true);
    BOOST_TEST(!lacks(v2));
}

BOOST_AUTO_TEST_CASE(live_traffic_is_chosen_by_share_and_properties)
{
    auto const all = made("All"), shop = made("Shop"), none = made("None"), theirs = made("Theirs", other);
    look_live(all, all_calls);
    look_live(shop, R"({"sampleRate":100,"propertyFilters":[{"key":"app","value":"shop"}]})");
    look_live(none, R"({"sampleRate":0,"propertyFilters":[]})");
    look_live(theirs, all_calls, other);

    note(1);
    note(2, {{"App", "shop"}, {"B", "c"}});
    note(3, {{"App", "Shop"}});
    note(4, {}, 299);
    note(5, {}, 200, other);

    BOOST_TEST(waiting(all) == "1 2 3 4 ");
    BOOST_TEST(waiting(shop) == "2 ");
    BOOST_TEST(waiting(none).empty());
    BOOST_TEST(waiting(theirs) == "5 ");
}

BOOST_AUTO_TEST_CASE(what_is_not_live_or_did_not_go_well_is_never_scored)
{
    auto const all = made("All");
    look_live(all, all_calls);

    note(1, {{"Helicone-Experiment-Id", "x"}});
    note(2, {{"helicone-experiment-id", ""}});
    note(3, {{"A", "b"}, {"HELICONE-EVALUATOR", "x"}});
    note(4, {{"Helicone-Evaluator", "x"}});
    for (int const status : {199, 300, 404, 500, -1, -3}) note(5, {}, status);
    note(6, {{"Helicone-Evaluators", "x"}});

    BOOST_TEST(waiting(all) == "6 ");
}

BOOST_AUTO_TEST_CASE(a_share_of_the_calls_is_chosen)
{
    auto const some = made("Some");
    look_live(some, R"({"sampleRate":30,"propertyFilters":[]})");
    for (int i = 1; i <= 2000; ++i) note(i);

    auto const n = count("SELECT count(*) FROM evaluation");

    BOOST_TEST(n > 450); // 7 standard deviations
    BOOST_TEST(n < 750);
}

BOOST_AUTO_TEST_CASE(the_recorder_queues_calls_with_their_rows)
{
    auto const all = made("All");
    look_live(all, all_calls);
    metrics::registry metrics;
    recorder to({path, 1U << 20U, false}, metrics);
    std::atomic<int> settled{0};
    to.start();

    for (std::int64_t i = 1; i < 4; ++i) {
        auto row = minimal(i);
        if (i == 2) row.status = 500;
        to.push(std::make_unique<evaluated_record>(std::move(row), settled));
    }
    test::eventually([&] { return settled == 3; }, "the rows");
    to.stop(std::chrono::seconds(10));

    BOOST_TEST(waiting(all) == "1 3 ");
}

BOOST_AUTO_TEST_CASE(experiments_come_before_live_traffic)
{
    auto const one = made("One"), two = made("Two");
    link(v2, one);
    look_live(one, all_calls);
    note(7);
    add_output(minimal(8).request_id);
    now_us = 500;
    queue(v2);
    look_live(two, all_calls);
    note(9);

    BOOST_TEST(waiting(one) == "8 7 9 ");
    auto const due = due_evaluators(db, 100, organization_id{}, 10).value();
    BOOST_REQUIRE(due.size() == 2U);
    BOOST_TEST((due[0].who.id == one && due[1].who.id == two));
    BOOST_TEST((due[0].owner == default_organization));
    BOOST_TEST(due[0].who.score_name == "one");
    BOOST_TEST(due_evaluators(db, 99, organization_id{}, 10).value().size() == 1U);
    BOOST_TEST(due_evaluators(db, 100, organization_id{}, 1).value().size() == 1U);
}

BOOST_AUTO_TEST_CASE(organisations_take_turns)
{
    run("INSERT INTO organization (id,public_id,name,created_us) VALUES (3,'o3','third',0)");
    for (auto const* name : {"a", "b", "c"}) look_live(made(name), all_calls);
    look_live(made("d", other), all_calls, other);
    look_live(made("e", organization_id{3}), all_calls, organization_id{3});
    look_live(made("f", organization_id{3}), all_calls, organization_id{3});
    note(7);
    note(8, {}, 200, other);
    note(9, {}, 200, organization_id{3});
    auto const names = [this](std::int64_t after, std::int64_t limit) {
        std::string all;
        for (auto const& one : due_evaluators(db, 100, organization_id{after}, limit).value()) all += one.who.name;
        return all;
    };
    run("UPDATE evaluation SET next_try_us=(SELECT created_us FROM evaluator WHERE id=evaluator_id)-2000");

    BOOST_TEST(names(0, 10) == "adebfc");
    BOOST_TEST(names(1, 10) == "deafbc");
    BOOST_TEST(names(2, 10) == "eadfbc");
    BOOST_TEST(names(3, 10) == "adebfc");
    BOOST_TEST(names(2, 2) == "ea");
}

BOOST_AUTO_TEST_CASE(what_was_put_off_waits_for_its_time)
{
    auto const one = made("One");
    link(v2, one);
    add_output(numbered_uuid(10));
    queue(v2);
    auto const what = due_evaluations(db, one, now_us, 10).value().at(0);

    BOOST_TEST(postpone_evaluation(db, what.id, 5000).has_value());

    BOOST_TEST(due_evaluations(db, one, 4999, 10).value().empty());
    BOOST_TEST(queue(v2) == 1); // which does not hurry it
    BOOST_TEST(due_evaluations(db, one, 4999, 10).value().empty());
    BOOST_TEST(due_evaluations(db, one, 5000, 10).value().at(0).attempts == 1);
    BOOST_TEST(delete_evaluation(db, what.id).has_value());
    BOOST_TEST(count_all_evaluations(db).value() == 0);
}

BOOST_AUTO_TEST_CASE(a_score_is_the_evaluators_and_only_while_it_is_waited_for)
{
    auto const id = made("One");
    due_evaluator const by{default_organization, find_evaluator(db, default_organization, id).value()};
    link(v2, id);
    add_output(numbered_uuid(10));
    add_output(numbered_uuid(11));
    queue(v2);
    auto const due = due_evaluations(db, id, now_us, 10).value();
    BOOST_REQUIRE(delete_evaluation(db, due[1].id).has_value());

    for (auto const& what : due)
        BOOST_TEST(finish_evaluation(db, by, what, {.key = "one", .value = 1, .is_boolean = true}, 5).has_value());

    BOOST_TEST(count("SELECT count(*) FROM score_value") == 1);
    BOOST_TEST(count("SELECT count(*) FROM score_attribute AS a JOIN evaluator AS e ON e.id=a.evaluator_id "
                     "WHERE a.score_key='one-hcone-bool' AND a.value_type='boolean'") == 1);
    BOOST_TEST(count_all_evaluations(db).value() == 0);
}

BOOST_AUTO_TEST_CASE(the_oldest_live_traffic_is_dropped)
{
    auto const one = made("One"), two = made("Two");
    link(v2, one);
    add_output(numbered_uuid(10));
    queue(v2);
    look_live(one, all_calls);
    for (int i = 1; i <= 5; ++i) note(i);
    look_live(two, all_calls);
    note(6);

    BOOST_TEST(drop_excess_evaluations(db, 3).value() == 3);

    BOOST_TEST(waiting(one) == "0 4 5 6 "); // that of the experiment stays
    BOOST_TEST(waiting(two) == "6 ");
    BOOST_TEST(drop_excess_evaluations(db, 3).value() == 0);
}

BOOST_AUTO_TEST_CASE(an_evaluator_sees_bodies_inputs_and_template)
{
    auto row = minimal(5), of_run = minimal(6), bare = minimal(7);
    row.has_body = of_run.has_body = true;
    BOOST_REQUIRE(insert(db, {row, of_run}, {.request = "{\"q\":1}", .response = "{\"a\":2}", .raw_stream = {}}));
    BOOST_REQUIRE(insert(db, {bare}));
    execute("INSERT INTO prompt_input (number,id,organization_id,prompt_version_id,inputs,auto_inputs,source_row_id,"
            "created_us) VALUES (1,?1,1,?2,'{\"k\":\"v\"}','[1]',5,0),(2,?2,1,?2,'{\"k\":\"w\"}','[]',NULL,0)",
            numbered_uuid(1), version);
    new_run const again{.experiment = v2, .prompt_version = version, .input_number = 2};
    BOOST_REQUIRE(queue_runs(db, default_organization, {&again, 1}, 1));
    execute("UPDATE run SET request_id=?1", of_run.request_id);

    auto const seen = find_evaluated_call(db, default_organization, row.request_id).value();
    auto const seen_of_run = find_evaluated_call(db, default_organization, of_run.request_id).value();

    BOOST_TEST(seen.content.request == "{\"q\":1}");
    BOOST_TEST(seen.content.response == "{\"a\":2}");
    BOOST_TEST(seen.inputs == "{\"k\":\"v\"}");
    BOOST_TEST(seen.auto_inputs == "[1]");
    BOOST_TEST(seen.prompt_template.value() == "{\"m\":1}");
    BOOST_TEST(seen_of_run.inputs == "{\"k\":\"w\"}");
    BOOST_TEST((find_evaluated_call(db, other, row.request_id).error() == errc::not_found));
    BOOST_TEST((find_evaluated_call(db, default_organization, bare.request_id).error() == errc::not_found));
    BOOST_TEST((find_evaluated_call(db, default_organization, numbered_uuid(99)).error() == errc::not_found));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
