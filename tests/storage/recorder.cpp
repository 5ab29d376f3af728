#include "recording.hpp"

#include "storage/requests.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <semaphore>

namespace weir::storage
{

using namespace std::chrono_literals;

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

BOOST_AUTO_TEST_CASE(a_record_without_company_is_committed_soon_though_nobody_waits_for_it)
{
    r.start();
    push(1);
    wait_for(1);
    auto quickest = std::chrono::steady_clock::duration::max(); // of some: on a busy machine one may be slow
    for (int i = 2; i <= 6; ++i) {
        auto const begun = std::chrono::steady_clock::now();
        push(i);
        wait_for(i);
        quickest = std::min(quickest, std::chrono::steady_clock::now() - begun);
        BOOST_TEST(rows() == static_cast<std::size_t>(i));
    }

    BOOST_TEST((quickest < 1s)); // 50 ms is meant
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
