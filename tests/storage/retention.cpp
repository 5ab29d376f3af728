#include "storage/retention.hpp"

#include "storage/ids.hpp"
#include "tests/support/exposition.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/wait.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <filesystem>

namespace weir::storage
{
namespace
{

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::system_clock;

struct aged_record : fresh_database {
    metrics::registry metrics;
    retention_options options{.path = path, .keep_for = days(30), .interval = 5ms, .may_write = {}};

    /// Adds as many rows of that age.
    void add(system_clock::duration age, int count)
    {
        std::vector<request_record> rows;
        auto const first = static_cast<std::int64_t>(first_row_id(system_clock::now() - age));
        for (int i = 0; i < count; ++i) rows.push_back(minimal(first + i));
        BOOST_REQUIRE(insert(db, std::move(rows)).has_value());
    }
    std::int64_t rows()
    {
        auto found = db.query("SELECT count(*) FROM request");
        BOOST_REQUIRE(found.value().next());
        return found->get<std::int64_t>(0);
    }
    double pruned() { return test::read_exposition(metrics.text()).at("weir_records_pruned_total").value(); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(retaining, aged_record)

BOOST_AUTO_TEST_CASE(rows_go_when_they_are_too_old_at_the_start_and_later)
{
    add(days(31), 20);
    add(days(29), 3);
    retention r(options, metrics);
    r.start();
    test::eventually([&] { return rows() == 3; }, "the old rows to go");

    add(days(30) + 1h, 10);
    test::eventually([&] { return rows() == 3; }, "those that are old by now to go");

    r.stop();
    BOOST_TEST(pruned() == 30);
}

BOOST_AUTO_TEST_CASE(with_no_age_given_everything_stays)
{
    fresh_database other;
    add(days(3000), 20);
    BOOST_REQUIRE(insert(other.db, {minimal(1)}).has_value());
    auto for_ever = options, of_other = options;
    for_ever.keep_for = days(0);
    of_other.path = other.path;
    metrics::registry others;
    retention keeps(for_ever, metrics), prunes(of_other, others);
    keeps.start();
    prunes.start();
    auto const left_in_other = [&] {
        auto found = other.db.query("SELECT count(*) FROM request");
        return found.value().next() ? found->get<int>(0) : -1;
    };
    test::eventually([&] { return left_in_other() == 0; }, "the other to have pruned");

    keeps.stop();
    BOOST_TEST(rows() == 20);
    BOOST_TEST(pruned() == 0);
}

BOOST_AUTO_TEST_CASE(the_age_may_change_while_it_runs)
{
    add(days(31), 20);
    add(days(8), 5);
    add(days(1), 1);
    options.keep_for = days(0);
    retention r(options, metrics);
    r.start();

    r.keep_for(days(30));
    test::eventually([&] { return rows() == 6; }, "the oldest to go");
    r.keep_for(days(7));
    test::eventually([&] { return rows() == 1; }, "those of last week to go");
}

BOOST_AUTO_TEST_CASE(it_stands_back_while_the_recorder_needs_the_database)
{
    add(days(31), 20);
    std::atomic<int> asked{0};
    std::atomic<bool> may{false};
    options.may_write = [&] {
        ++asked;
        return may.load();
    };
    retention r(options, metrics);
    r.start();
    test::eventually([&] { return asked > 2; }, "it to ask");
    BOOST_TEST(rows() == 20);

    may = true;
    test::eventually([&] { return rows() == 0; }, "the old rows to go");
}

BOOST_AUTO_TEST_CASE(it_can_be_stopped_while_it_stands_back)
{
    add(days(31), 20);
    std::atomic<int> asked{0};
    options.may_write = [&] {
        ++asked;
        return false;
    };
    retention r(options, metrics);
    r.start();
    test::eventually([&] { return asked > 0; }, "it to ask");
    r.stop();
    r.stop(); // again is fine

    BOOST_TEST(rows() == 20);
}

BOOST_AUTO_TEST_CASE(a_database_that_is_away_is_pruned_once_it_is_back)
{
    add(days(31), 20);
    BOOST_REQUIRE(db.empty_log().value() == 0);
    auto const away = path + ".away";
    std::filesystem::rename(path, away);
    retention r(options, metrics);
    r.start();
    std::filesystem::rename(away, path);

    test::eventually([&] { return rows() == 0; }, "the old rows to go");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
