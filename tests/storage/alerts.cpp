#include "storage/alerts.hpp"

#include "net/unix_time.hpp"
#include "storage/alert_evaluation.hpp"
#include "storage/alert_watch.hpp"
#include "storage/collect.hpp"
#include "tests/support/exposition.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/wait.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace weir::storage
{
namespace
{

using namespace std::chrono_literals;

struct with_alerts : fresh_database {
    std::int64_t calls = 0;

    /// Calls of one kind, so long before noon.
    void call(int count, int status, std::int64_t ago_us = second_us, std::int64_t nanos = 0,
              organization_id whose = default_organization)
    {
        std::vector<request_record> rows;
        for (int i = 0; i < count; ++i) {
            rows.push_back(minimal_at(noon_us - ago_us, calls++));
            rows.back().status = status;
            rows.back().organization = whose;
            rows.back().cost.nanos = nanos;
        }
        BOOST_REQUIRE(insert(db, std::move(rows)).has_value());
    }

    uuid create(std::string metric, double threshold, std::int64_t window_us = minute_us,
                std::optional<std::int64_t> least = {}, organization_id whose = default_organization)
    {
        alert_wish wish;
        wish.name = "name";
        wish.metric = std::move(metric);
        wish.threshold = threshold;
        wish.time_window_ms = window_us / 1000;
        wish.emails = {"a@b.example"};
        wish.minimum_request_count = least;
        return create_alert(db, whose, wish, noon_us - 2 * hour_us).value();
    }

    /// What changes at a time: "triggered 12.5 " or "resolved 0 " for each.
    std::string changes(std::int64_t now_us = noon_us)
    {
        std::string told;
        auto const done = evaluate_alerts(db, now_us, [&told](alert_change const& what) {
            auto const tenths = std::to_string(static_cast<long>(what.value * 10));
            told += (what.is_triggered ? "triggered " : "resolved ") + tenths + " ";
        });
        BOOST_REQUIRE(done.has_value());
        return told;
    }

    std::string status() { return list_alerts(db, default_organization, 1).value().at(0).status; }
    std::vector<alert_event> events() { return list_alert_events(db, default_organization, 5000).value(); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(alerts_, with_alerts)

BOOST_AUTO_TEST_CASE(without_alerts_or_without_calls_nothing_changes)
{
    BOOST_TEST(changes() == "");
    create("response.status", 0.1);
    create("cost", 0.01);
    BOOST_TEST(changes() == "");
    BOOST_TEST(count_triggered_alerts(db).value() == 0);
}

BOOST_AUTO_TEST_CASE(the_share_of_failed_calls_triggers_from_the_threshold_on)
{
    struct {
        int status;
        bool is_failure;
    } const cases[] = {{200, false},
                       {101, false},
                       {302, false},
                       {400, true},
                       {429, true},
                       {500, true},
                       {599, true},
                       {-1, true},
                       {-3, false},
                       {status::unknown, false},
                       {status::pending, false}};
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.status)
        {
            with_alerts here;
            here.create("response.status", 25);
            here.call(3, 200);
            here.call(1, c.status);
            BOOST_TEST(here.changes() == (c.is_failure ? "triggered 250 " : ""));
        }
    create("response.status", 25.1);
    call(3, 200);
    call(1, 500);
    BOOST_TEST(changes() == "");
}

BOOST_AUTO_TEST_CASE(too_few_calls_trigger_nothing_and_end_what_they_did)
{
    create("response.status", 50, minute_us, 4);
    call(3, 500);
    BOOST_TEST(changes() == "");
    call(1, 200);
    BOOST_TEST(changes() == "triggered 750 ");
    BOOST_TEST(changes(noon_us + minute_us - second_us / 2) == "resolved 0 ");
}

BOOST_AUTO_TEST_CASE(costs_add_up_whatever_became_of_the_calls_and_however_few)
{
    create("cost", 0.5, minute_us, 100);
    call(1, 200, second_us, 300'000'000);
    BOOST_TEST(changes() == "");
    call(1, 500, second_us, 200'000'000);
    BOOST_TEST(changes() == "triggered 5 ");
}

BOOST_AUTO_TEST_CASE(only_the_window_and_the_organisation_count)
{
    create("cost", 1, hour_us);
    create("cost", 1, 24 * hour_us, {}, other_organization);
    call(1, 200, hour_us + second_us, 1'000'000'000);              // too early
    call(1, 200, -second_us, 1'000'000'000);                       // to come
    call(1, 200, minute_us, 1'000'000'000, organization_id{3});    // another's
    call(1, 200, 25 * hour_us, 1'000'000'000, other_organization); // too early
    BOOST_TEST(changes() == "");
    call(1, 200, hour_us, 1'000'000'000); // the window's first moment
    BOOST_TEST(changes() == "triggered 10 ");
    call(1, 200, 23 * hour_us, 1'000'000'000, other_organization);
    BOOST_TEST(changes() == "triggered 10 ");
    BOOST_TEST(count_triggered_alerts(db).value() == 2);
}

BOOST_AUTO_TEST_CASE(an_alert_is_triggered_once_and_its_history_says_from_when_to_when)
{
    auto const id = create("response.status", 10);
    call(7, 200);
    call(1, 503);
    BOOST_TEST(changes() == "triggered 125 ");
    BOOST_TEST(changes(noon_us + second_us) == "");
    BOOST_TEST(status() == "triggered");
    BOOST_TEST_REQUIRE(events().size() == 1U);
    auto const open = events().front();
    BOOST_TEST((open.alert_id == id));
    BOOST_TEST(open.alert_name == "name");
    BOOST_TEST(open.alert_metric == "response.status");
    BOOST_TEST(open.triggered_value == "12.5");
    BOOST_TEST(open.status == "triggered");
    BOOST_TEST(open.started_us == noon_us);
    BOOST_TEST(!open.ended_us.has_value());

    BOOST_TEST(changes(noon_us + hour_us) == "resolved 0 ");
    BOOST_TEST(status() == "resolved");
    BOOST_TEST_REQUIRE(events().size() == 1U);
    BOOST_TEST(events().front().ended_us.value() == noon_us + hour_us);
    BOOST_TEST(events().front().status == "resolved");
    BOOST_TEST(changes(noon_us + 2 * hour_us) == "");

    call(1, 500, -3 * hour_us);
    BOOST_TEST(changes(noon_us + 3 * hour_us + second_us) == "triggered 1000 ");
    BOOST_TEST(events().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_deleted_alert_is_not_evaluated)
{
    auto const id = create("response.status", 1);
    call(1, 500);
    BOOST_REQUIRE(delete_alert(db, default_organization, id, noon_us).has_value());
    BOOST_TEST(changes() == "");
}

BOOST_AUTO_TEST_CASE(of_each_alert_the_newest_events_are_kept)
{
    auto const id = create("response.status", 1), quiet = create("cost", 1000);
    for (auto const& of : {id, quiet})
        for (std::int64_t i = 1; i <= most_events_of_alert; ++i)
            BOOST_REQUIRE(db.execute("INSERT INTO alert_history (id,organization_id,alert_id,alert_name,alert_metric,"
                                     "started_us,ended_us,triggered_value,status,created_us,updated_us) "
                                     "VALUES (randomblob(16),1,?1,'n','m',?2,?2,'1','resolved',?2,?2)",
                                     of, i)
                              .has_value());
    call(1, 500);
    BOOST_TEST(changes() == "triggered 1000 ");

    BOOST_TEST(first_value<std::int64_t>(db.query("SELECT count(*) FROM alert_history")).value() ==
               2 * most_events_of_alert);
    BOOST_TEST(events().front().started_us == noon_us);
    BOOST_TEST(first_value<std::int64_t>(db.query("SELECT min(started_us) FROM alert_history WHERE alert_id=?1", id))
                   .value() == 2);
}

BOOST_AUTO_TEST_CASE(the_watch_looks_again_and_again_and_the_metric_follows)
{
    metrics::registry metrics;
    alert_watch watch(path, metrics, 5ms);
    auto const shown = [&] { return test::read_exposition(metrics.text()).at("weir_alerts_triggered").value(); };
    BOOST_TEST(shown() == 0);
    watch.start();
    create("response.status", 50, hour_us);
    auto const now = net::unix_now_us();

    call(1, 500, noon_us - now);
    test::eventually([&] { return shown() == 1; }, "the alert to be triggered");
    BOOST_TEST(status() == "triggered");
    call(3, 200, noon_us - now);
    test::eventually([&] { return shown() == 0; }, "the alert to be resolved");
    BOOST_TEST(status() == "resolved");
    watch.stop();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
