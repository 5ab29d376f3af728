// What the recorder does while its database cannot be written.
#include "recording.hpp"

#include "tests/support/failing_files.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <future>
#include <memory>

namespace weir::storage
{

using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(recorder_trouble, recording)

namespace
{

/// While it is there, moving the log into the database does not get on.
struct slow_checkpoints {
    explicit slow_checkpoints(test::failing_files& of)
        : disk(of)
    {
        disk.checkpoints_wait = true;
    }
    slow_checkpoints(slow_checkpoints const&) = delete;
    slow_checkpoints& operator=(slow_checkpoints const&) = delete;
    ~slow_checkpoints()
    {
        disk.checkpoints_wait = false;
        disk.checkpoints_wait.notify_all();
    }

    test::failing_files& disk;
};

} // namespace

BOOST_AUTO_TEST_CASE(a_database_that_was_moved_away_is_trouble_until_it_is_back)
{
    r.start();
    push(1);
    wait_for(1);

    std::filesystem::rename(path, path + ".moved");
    push(2);
    test::eventually([&] { return !r.trouble().empty(); }, "the trouble to show");
    BOOST_TEST(r.trouble().find("removed or replaced") != std::string::npos);
    BOOST_TEST(became.count == 1);
    std::filesystem::rename(path + ".moved", path);
    wait_for(2);

    BOOST_TEST(rows() == 2U);
}

BOOST_AUTO_TEST_CASE(a_locked_database_is_waited_for_and_written_by_itself_later)
{
    BOOST_REQUIRE(db.execute_script("BEGIN IMMEDIATE").has_value());
    r.start();
    for (int i = 1; i <= 10; ++i) push(i);
    test::eventually([&] { return !r.trouble().empty(); }, "the trouble to show");
    BOOST_TEST(r.trouble().find("busy") != std::string::npos);
    BOOST_TEST(became.count == 0);

    BOOST_REQUIRE(db.execute_script("ROLLBACK").has_value());
    wait_for(10);

    BOOST_TEST(rows() == 10U);
    test::eventually([&] { return r.trouble().empty(); }, "the trouble to be over");
}

BOOST_AUTO_TEST_CASE(records_that_wait_together_are_committed_together)
{
    constexpr int count = 200;
    fresh_database other;
    fates here;
    metrics::registry counted;
    test::failing_files disk;
    recorder r2({.path = other.path, .max_queue_bytes = 10'000'000, .sync_each_commit = true}, counted);
    for (int i = 1; i <= count; ++i) r2.push(std::make_unique<pending>(here, minimal(i), true));
    r2.start();
    test::eventually([&] { return here.count == count; }, "all to be committed");

    BOOST_TEST(disk.syncs < count / 10);
    BOOST_TEST(disk.syncs > 0);
    BOOST_TEST(r2.stop(1s) == 0U);
}

BOOST_AUTO_TEST_CASE(a_disk_that_fails_for_a_while_is_waited_for_and_written_by_itself_later)
{
    for (bool const writing : {true, false}) {
        BOOST_TEST_CONTEXT((writing ? "writing fails" : "syncing fails"))
        {
            fresh_database other;
            fates here;
            metrics::registry counted;
            test::failing_files disk;
            recorder r2({.path = other.path, .max_queue_bytes = 1'000'000, .sync_each_commit = true}, counted);
            r2.start();
            auto const push_to = [&](std::int64_t id) { r2.push(std::make_unique<pending>(here, minimal(id), true)); };
            push_to(1);
            test::eventually([&] { return here.count == 1; });

            (writing ? disk.writes_fail : disk.syncs_fail) = true;
            push_to(2);
            test::eventually([&] { return !r2.trouble().empty(); }, "the trouble to show");
            BOOST_TEST(r2.trouble().find("cannot be read or written") != std::string::npos, r2.trouble());
            BOOST_TEST(here.count == 1);
            disk.writes_fail = disk.syncs_fail = false;
            test::eventually([&] { return here.count == 2; });
            push_to(3);
            test::eventually([&] { return here.count == 3; });

            BOOST_TEST(r2.trouble() == "");
            BOOST_TEST(here.good() == 3U);
            BOOST_TEST(newest_requests(other.db, default_organization, 10, 0).value().size() == 3U);
            BOOST_TEST(r2.stop(1s) == 0U);
        }
    }
}

BOOST_AUTO_TEST_CASE(awaited_commits_go_on_while_the_log_is_moved_into_the_database_by_another_thread)
{
    fresh_database other;
    fates here;
    metrics::registry counted;
    test::failing_files disk;
    recorder r2({.path = other.path, .max_queue_bytes = 10'000'000}, counted);
    r2.start();
    int last = 0;
    auto const commit_one = [&] {
        auto row = minimal(++last);
        row.path.assign(100'000, 'x'); // 25 pages of the log, which is moved from some thousand on
        r2.push(std::make_unique<pending>(here, std::move(row), true));
        test::eventually([&] { return here.count == last; }, "a commit");
    };
    auto const waits = [&] { return disk.waiting_checkpoint.load() != std::thread::id(); };

    slow_checkpoints const slow(disk);
    while (!waits() && last < 500) commit_one();
    BOOST_REQUIRE(waits());
    BOOST_TEST((disk.waiting_checkpoint.load() != here.made_on.front()));
    for (int i = 0; i < 20; ++i) commit_one();

    BOOST_TEST(waits());
    BOOST_TEST(here.good() == static_cast<std::size_t>(last));
}

BOOST_AUTO_TEST_CASE(each_commit_is_synced_if_that_is_asked_for_and_only_then)
{
    for (bool const each : {true, false}) {
        BOOST_TEST_CONTEXT("sync_each_commit: " << each)
        {
            fresh_database other;
            fates here;
            metrics::registry counted;
            test::failing_files disk;
            recorder r2({.path = other.path, .max_queue_bytes = 1'000'000, .sync_each_commit = each}, counted);
            r2.start();
            auto const push_to = [&](int id) {
                r2.push(std::make_unique<pending>(here, minimal(id), true));
                test::eventually([&] { return here.count == id; });
            };
            push_to(1); // the log's beginning is synced in any case

            for (int id = 2; id <= 20; ++id) {
                disk.syncs = 0;
                push_to(id);
                BOOST_TEST((disk.syncs > 0) == each);
            }
            BOOST_TEST(r2.stop(1s) == 0U);
        }
    }
}

BOOST_AUTO_TEST_CASE(stopping_with_a_locked_database_gives_up_after_its_patience_and_counts_what_is_lost)
{
    BOOST_REQUIRE(db.execute_script("BEGIN IMMEDIATE").has_value());
    r.start();
    for (int i = 1; i <= 10; ++i) push(i);

    BOOST_TEST(r.stop(50ms) == 10U);

    BOOST_TEST(became.count == 10);
    BOOST_TEST((became.settled[0].second == errc::busy));
    BOOST_TEST(says("weir_records_dropped_total{reason=\"stopped\"} 10"));
    BOOST_REQUIRE(db.execute_script("ROLLBACK").has_value());
}

BOOST_AUTO_TEST_CASE(a_database_that_is_not_there_yet_is_waited_for)
{
    auto const later = folder.file("later.db");
    recorder other({.path = later, .max_queue_bytes = 1'000'000}, metrics);
    other.start();
    other.push(std::make_unique<pending>(became, minimal(1)));
    test::eventually([&] { return !other.trouble().empty(); });

    std::filesystem::copy_file(path, later + ".part");
    std::filesystem::rename(later + ".part", later);
    wait_for(1);
    BOOST_TEST(other.stop(1s) == 0U);
}

BOOST_AUTO_TEST_CASE(trouble_is_found_without_a_record_when_somebody_asks)
{
    auto const found = [this] {
        auto said = std::make_shared<std::promise<std::string>>();
        r.probe([this, said] { said->set_value(r.trouble()); });
        return said->get_future().get();
    };
    r.start();
    BOOST_TEST(found() == "");

    std::filesystem::rename(path, path + ".away");
    BOOST_TEST(found() != "");
    BOOST_TEST(found() != ""); // and is known from then on
    std::filesystem::rename(path + ".away", path);
    test::eventually([&] { return r.trouble().empty(); });
    BOOST_TEST(found() == "");
    BOOST_TEST(r.stop(1s) == 0U);
    BOOST_TEST(found() == ""); // a recorder that has ended leaves nobody waiting
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
