#include "storage/recorder.hpp"

#include "storage/requests.hpp"
#include "tests/support/failing_files.hpp"
#include "tests/support/newest_requests.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/wait.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <semaphore>
#include <thread>

namespace weir::storage
{
namespace
{

using namespace std::chrono_literals;

/// What became of records, in order.
struct fates {
    std::mutex mutex;
    std::vector<std::pair<std::int64_t, boost::system::error_code>> settled;
    std::atomic<int> count{0};
    std::vector<std::thread::id> made_on;

    std::size_t good()
    {
        std::scoped_lock const lock(mutex);
        return static_cast<std::size_t>(
            std::count_if(settled.begin(), settled.end(), [](auto const& s) { return !s.second; }));
    }
};

class pending final : public pending_record
{
public:
    pending(fates& to, request_record r, bool awaited = false, std::size_t bytes = 1000)
        : to_(to)
        , record_(std::move(r))
        , awaited_(awaited)
        , bytes_(bytes)
    {
    }
    bool read() override { return record_.method != "UNREADABLE"; }
    std::pair<request_record, bodies> make() override
    {
        {
            std::scoped_lock const lock(to_.mutex);
            to_.made_on.push_back(std::this_thread::get_id());
        }
        if (record_.method == "THROW") throw std::runtime_error("a bug");
        if (!record_.has_body) return {record_, {}};
        auto const number = std::to_string(static_cast<std::int64_t>(record_.id));
        return {record_, {"asked " + number, std::string(record_.response_bytes, 'x') + "answered " + number, ""}};
    }
    void settle(boost::system::error_code error) noexcept override
    {
        {
            std::scoped_lock const lock(to_.mutex);
            to_.settled.emplace_back(static_cast<std::int64_t>(record_.id), error);
        }
        ++to_.count;
    }
    std::size_t bytes() const override { return bytes_; }
    void drop_bodies() override { bytes_ = std::min<std::size_t>(bytes_, row_bytes); }

    static constexpr std::size_t row_bytes = 1000; // what is left of one without its bodies
    bool is_awaited() const override { return awaited_; }

private:
    fates& to_;
    request_record record_;
    bool awaited_;
    std::size_t bytes_;
};

struct recording : fresh_database {
    fates became;
    metrics::registry metrics;
    recorder r{{.path = path, .max_queue_bytes = 10'000'000}, metrics};

    void push(std::int64_t id, bool awaited = false, std::size_t bytes = 1000)
    {
        r.push(std::make_unique<pending>(became, minimal(id), awaited, bytes));
    }
    void push(request_record record) { r.push(std::make_unique<pending>(became, std::move(record))); }
    void wait_for(int count)
    {
        auto const are_settled = [&] {
            r.keep_up(); // as the network threads see to it: else a busy machine leaves it no time at all
            return became.count >= count;
        };
        test::eventually(are_settled, std::to_string(count) + " records to be settled");
    }
    std::size_t rows() { return newest_requests(db, default_organization, 100'000, 0).value().size(); }
    bool says(std::string const& line) { return metrics.text().find("\n" + line + "\n") != std::string::npos; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(recording_calls, recording)

BOOST_AUTO_TEST_CASE(what_is_pushed_is_written_and_settled_in_order)
{
    r.start();
    for (int i = 1; i <= 2000; ++i) push(i);
    wait_for(2000);

    BOOST_TEST(rows() == 2000U);
    for (std::size_t i = 0; i < 2000; ++i) {
        BOOST_REQUIRE(became.settled[i].first == static_cast<std::int64_t>(i + 1));
        BOOST_REQUIRE(!became.settled[i].second);
    }
    BOOST_TEST(says("weir_records_written_total 2000"));
    BOOST_TEST(says("weir_recorder_queue_records 0"));
    BOOST_TEST(says("weir_recorder_queue_bytes 0"));
}

BOOST_AUTO_TEST_CASE(bodies_are_stored_in_blocks_and_found_for_each_call)
{
    constexpr int count = 1000;
    for (int i = 1; i <= count; ++i) {
        auto row = minimal(i);
        row.has_body = i % 3 != 0;
        row.response_bytes = i % 100 == 0 ? 100'000 : 100;
        push(row);
    }
    r.start();
    wait_for(count);

    for (int i = 1; i <= count; ++i) {
        auto const got = find_bodies(db, row_id{i});
        BOOST_TEST_CONTEXT("call " << i)
        {
            BOOST_REQUIRE(got.has_value() == (i % 3 != 0));
            if (got) BOOST_TEST(got->request == "asked " + std::to_string(i));
            if (got) BOOST_TEST(got->response.ends_with("answered " + std::to_string(i)));
        }
    }
    auto blocks = db.query("SELECT count(*), sum(EXISTS (SELECT 1 FROM request WHERE body_ref=b.id)), "
                           "(SELECT count(*) FROM request WHERE body_ref<id) FROM body_block AS b");
    BOOST_REQUIRE(blocks.value().next());
    BOOST_TEST(blocks->get<int>(0) < 50);
    BOOST_TEST(blocks->get<int>(1) == blocks->get<int>(0)); // none is left over
    BOOST_TEST(blocks->get<int>(2) == 0);                   // so a block may go when all rows up to its id have
}

BOOST_AUTO_TEST_CASE(records_are_made_on_one_thread_of_the_recorders_own_whoever_pushes_them)
{
    // There a call's bodies are decoded, parsed and priced: never on the network thread that pushes it.
    r.start();
    push(1);
    auto other_pusher = std::thread::id();
    std::thread pusher([&] {
        other_pusher = std::this_thread::get_id();
        push(2);
    });
    pusher.join();
    wait_for(2);

    BOOST_REQUIRE(became.made_on.size() == 2U);
    BOOST_TEST((became.made_on[0] == became.made_on[1]));
    BOOST_TEST((became.made_on[0] != std::this_thread::get_id()));
    BOOST_TEST((became.made_on[0] != other_pusher));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_settled_with_an_error_and_not_counted)
{
    r.start();
    auto row = minimal(1);
    row.method = "UNREADABLE";
    push(row);
    push(2);
    wait_for(2);

    BOOST_TEST(became.settled[0].second == make_error_code(errc::failed));
    BOOST_TEST(became.made_on.size() == 1U);
    BOOST_TEST(rows() == 1U);
    BOOST_TEST(says("weir_records_written_total 1"));
    BOOST_TEST(says("weir_recorder_queue_records 0"));
    BOOST_TEST(says("weir_recorder_queue_bytes 0"));
}

BOOST_AUTO_TEST_CASE(rows_whose_id_may_be_taken_get_another_and_are_found_by_their_public_id_and_with_their_bodies)
{
    constexpr int many = 50;
    auto const wish = logged_row_id(std::chrono::system_clock::time_point(std::chrono::hours(500'000)), 7);
    auto const public_id_of = [&](int i) { return public_id(wish, static_cast<std::uint64_t>(i)); };
    auto const log = [&](int i) {
        auto row = minimal(static_cast<std::int64_t>(wish));
        row.id_may_be_taken = true;
        row.request_id = public_id_of(i);
        row.has_body = true;
        push(row);
    };
    r.start();
    log(1);
    wait_for(1); // now the id is another row's, and then one of the same batch
    for (int i = 2; i <= many; ++i) log(i);
    wait_for(many);

    BOOST_TEST(became.good() == static_cast<std::size_t>(many));
    BOOST_TEST(rows() == static_cast<std::size_t>(many));
    for (int i = 1; i <= many; ++i) {
        auto const found = find_request(db, default_organization, public_id_of(i));
        BOOST_REQUIRE(found.has_value());
        BOOST_TEST(find_bodies(db, found->record.id).has_value());
        BOOST_TEST((time_of(found->record.id) - time_of(wish) < 20s));
        BOOST_TEST((static_cast<std::int64_t>(found->record.id) >> 12 & 1023) == logged_gateway);
    }
}

BOOST_AUTO_TEST_CASE(records_are_committed_in_batches)
{
    for (int i = 1; i <= 1000; ++i) push(i);
    r.start();
    wait_for(1000);

    auto const text = metrics.text();
    auto const at = text.find("weir_commit_duration_seconds_count ");
    BOOST_REQUIRE(at != std::string::npos);
    BOOST_TEST(std::stoi(text.substr(at + 35)) < 20);
}

BOOST_AUTO_TEST_CASE(an_awaited_record_is_settled_once_it_is_committed)
{
    r.start();
    for (int i = 1; i <= 50; ++i) {
        push(i, true);
        wait_for(i);
        BOOST_TEST(rows() == static_cast<std::size_t>(i)); // another connection sees it
    }
}

BOOST_AUTO_TEST_CASE(an_awaited_record_does_not_wait_for_company)
{
    r.start();
    push(1, true);
    wait_for(1);
    auto quickest = std::chrono::steady_clock::duration::max(); // of many: on a busy machine some are slow
    for (int i = 2; i <= 201; ++i) {
        auto const begun = std::chrono::steady_clock::now();
        push(i, true);
        wait_for(i);
        quickest = std::min(quickest, std::chrono::steady_clock::now() - begun);
    }

    BOOST_TEST((quickest < 15ms)); // none would be if it did
}

BOOST_AUTO_TEST_CASE(threads_may_push_at_the_same_time)
{
    r.start();
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([this, t] {
                for (int i = 0; i < 500; ++i) push(t * 1000 + i + 1, i % 50 == 0);
            });
    }
    wait_for(2000);

    BOOST_TEST(rows() == 2000U);
}

BOOST_AUTO_TEST_CASE(stopping_writes_all_that_was_pushed)
{
    r.start();
    for (int i = 1; i <= 1500; ++i) push(i);

    BOOST_TEST(r.stop(10s) == 0U);
    BOOST_TEST(rows() == 1500U);
    BOOST_TEST(became.good() == 1500U);
    BOOST_TEST(r.stop(10s) == 0U); // again is fine
}

BOOST_AUTO_TEST_CASE(beyond_the_queues_bound_bodies_go_before_rows)
{
    push(1, false, 9'000'000); // not started: nothing is written yet
    push(2, false, 9'000'000);
    BOOST_TEST(became.count == 0); // both wait, the second without its bodies

    r.start();
    wait_for(2);
    BOOST_TEST(became.good() == 2U);
}

BOOST_AUTO_TEST_CASE(beyond_the_queues_bound_and_its_reserve_records_are_dropped_settled_at_once_and_counted)
{
    push(1, false, 10'000'000); // not started: nothing is written yet
    int kept = 1;
    for (; became.count == 0; ++kept) push(kept + 1, false, 5'000);
    BOOST_TEST(kept > 1000); // an eighth of the bound, a thousand bytes a row
    BOOST_TEST((became.settled.front().second == errc::busy));
    BOOST_TEST(says("weir_records_dropped_total{reason=\"queue_full\"} 1"));

    r.start();
    wait_for(kept);
    push(kept + 1, false, 9'000'000); // the room is free again
    wait_for(kept + 1);

    BOOST_TEST(became.good() == static_cast<std::size_t>(kept));
}

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

BOOST_AUTO_TEST_CASE(it_keeps_up_unless_there_is_trouble_or_much_waits)
{
    BOOST_TEST(r.is_keeping_up());
    push(1, false, 1'000'000); // not started: nothing is written yet
    BOOST_TEST(!r.is_keeping_up());
    r.start();
    wait_for(1);
    BOOST_TEST(r.is_keeping_up());

    BOOST_REQUIRE(db.execute_script("BEGIN IMMEDIATE").has_value());
    push(2);
    test::eventually([&] { return !r.is_keeping_up(); }, "the trouble to show");
    BOOST_REQUIRE(db.execute_script("ROLLBACK").has_value());
    test::eventually([&] { return r.is_keeping_up(); }, "the trouble to be over");
}

BOOST_AUTO_TEST_CASE(why_records_are_dropped_is_counted_from_the_start)
{
    for (std::string const reason : {"queue_full", "refused", "stopped", "internal"})
        BOOST_TEST(says("weir_records_dropped_total{reason=\"" + reason + "\"} 0"));
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

BOOST_AUTO_TEST_CASE(a_row_that_the_store_refuses_takes_no_other_along)
{
    for (std::int64_t const id : {1, 2, 2, 3}) push(id);
    r.start();
    wait_for(4);

    BOOST_TEST(rows() == 3U);
    BOOST_TEST((became.settled[2].second == errc::conflict));
    BOOST_TEST(became.good() == 3U);
    BOOST_TEST(says("weir_records_dropped_total{reason=\"refused\"} 1"));
    BOOST_TEST(r.trouble() == "");
}

BOOST_AUTO_TEST_CASE(a_call_that_cannot_be_read_is_dropped_and_counted_and_the_others_written)
{
    auto bug = minimal(2);
    bug.method = "THROW";
    push(1);
    push(bug);
    push(3);
    r.start();
    wait_for(3);

    BOOST_TEST(rows() == 2U);
    BOOST_TEST(says("weir_records_dropped_total{reason=\"internal\"} 1"));
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
    r.start();
    r.probe();
    push(1);
    wait_for(1);
    BOOST_TEST(r.trouble() == "");

    std::filesystem::rename(path, path + ".away");
    r.probe();
    test::eventually([&] { return !r.trouble().empty(); });
    std::filesystem::rename(path + ".away", path);
    test::eventually([&] { return r.trouble().empty(); });
    BOOST_TEST(r.stop(1s) == 0U);
}

BOOST_AUTO_TEST_CASE(the_write_ahead_log_does_not_grow_without_end)
{
    r.start();
    for (int i = 1; i <= 20'000; ++i) { // a page each: 160 MB in all
        auto row = minimal(i);
        row.path.assign(7'000, 'x');
        push(row);
        if (i % 500 == 0) wait_for(i);
    }
    r.stop(10s);

    BOOST_TEST(std::filesystem::file_size(path + "-wal") < 100U << 20U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
