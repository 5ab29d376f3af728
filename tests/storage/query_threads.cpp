#include "storage/query_threads.hpp"

#include "storage/requests.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <stdexcept>
#include <thread>

namespace weir::storage
{
namespace
{

using namespace std::chrono_literals;
namespace asio = boost::asio;

/// Runs for seconds if nothing stops it.
result<std::int64_t> endless(connection& db)
{
    auto found = db.query("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n "
                          "WHERE i < 1000000000000");
    if (!found) return found.error();
    if (!found->next()) return found->error();
    return found->get<std::int64_t>(0);
}

result<std::int64_t> count(connection& db)
{
    auto found = db.query("SELECT count(*) FROM request");
    if (!found) return found.error();
    if (!found->next()) return found->error();
    return found->get<std::int64_t>(0);
}

using answer = result<std::int64_t>;
using query = std::function<answer(connection&)>;

struct reading : fresh_database {
    asio::io_context io;

    asio::awaitable<void> ask(query_threads& from, query what, query_threads::clock::time_point until, answer& to)
    {
        to = co_await from.ask(what, until);
        resumed_on_ = std::this_thread::get_id();
    }

    answer run(query_threads& from, query what, std::chrono::milliseconds patience = 20s)
    {
        answer got{make_error_code(errc::failed)};
        asio::co_spawn(io, ask(from, what, query_threads::clock::now() + patience, got),
                       [](std::exception_ptr const&) {});
        io.restart();
        io.run_for(30s);
        return got;
    }

    std::thread::id resumed_on_;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(reading_rows, reading)

BOOST_AUTO_TEST_CASE(a_query_is_answered_on_the_callers_own_executor)
{
    BOOST_REQUIRE(insert(db, {minimal(1), minimal(2)}).has_value());
    query_threads from(path, connection::mode::read_only, 2, 10);

    BOOST_TEST(run(from, count).value() == 2);
    BOOST_TEST((resumed_on_ == std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(readers_see_what_was_committed_meanwhile)
{
    query_threads from(path, connection::mode::read_only, 1, 10);

    BOOST_TEST(run(from, count).value() == 0);
    BOOST_REQUIRE(insert(db, {minimal(1)}).has_value());
    BOOST_TEST(run(from, count).value() == 1);
}

BOOST_AUTO_TEST_CASE(all_that_a_query_reads_is_of_one_instant)
{
    query_threads from(path, connection::mode::read_only, 1, 10);
    auto const inserted_in_between = [this](connection& reader) -> answer {
        auto const before = count(reader);
        if (auto const done = insert(db, {minimal(1)}); !done) return done.error();
        auto const after = count(reader);
        if (!before || !after) return make_error_code(errc::failed);
        return *after - *before;
    };

    BOOST_TEST(run(from, inserted_in_between).value() == 0);
    BOOST_TEST(run(from, count).value() == 1);
}

BOOST_AUTO_TEST_CASE(a_query_past_its_deadline_ends_soon_and_the_connection_is_good_afterwards)
{
    query_threads from(path, connection::mode::read_only, 1, 10);
    answer got{make_error_code(errc::busy)};

    // On a busy machine the thread may come to it too late: then it never runs.
    for (auto patience = 50ms; got.error() == errc::busy && patience < 20s; patience *= 3)
        got = run(from, endless, patience);

    BOOST_TEST((got.error() == errc::timed_out)); // and not still without an answer
    BOOST_TEST(run(from, count).value() == 0);
}

BOOST_AUTO_TEST_CASE(a_query_whose_deadline_has_passed_never_runs)
{
    query_threads from(path, connection::mode::read_only, 1, 10);

    BOOST_TEST((run(from, count, -1s).error() == errc::busy)); // it was not the query that took too long
}

BOOST_AUTO_TEST_CASE(a_cancelled_query_ends_soon_and_the_connection_is_good_afterwards)
{
    query_threads from(path, connection::mode::read_only, 1, 10);
    answer got{make_error_code(errc::failed)};
    asio::cancellation_signal signal;
    asio::co_spawn(io, ask(from, endless, query_threads::clock::now() + 1h, got),
                   asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr const&) {}));
    io.run_for(50ms);
    signal.emit(asio::cancellation_type::terminal);
    io.restart();
    io.run_for(30s);

    BOOST_TEST((got.error() == asio::error::operation_aborted));
    BOOST_TEST(run(from, count).value() == 0);
}

BOOST_AUTO_TEST_CASE(one_query_too_many_is_busy_at_once)
{
    query_threads from(path, connection::mode::read_only, 1, 2);
    answer slow{make_error_code(errc::failed)}, waits = slow, refused = slow;
    auto const soon = query_threads::clock::now() + 3s; // long enough for the thread to begin with the first
    asio::co_spawn(io, ask(from, endless, soon, slow), [](std::exception_ptr const&) {});
    asio::co_spawn(io, ask(from, endless, soon, waits), [](std::exception_ptr const&) {});
    asio::co_spawn(io, ask(from, count, soon, refused), [](std::exception_ptr const&) {});
    io.run_for(30s);

    BOOST_TEST((refused.error() == errc::busy));
    BOOST_TEST((slow.error() == errc::timed_out));
    BOOST_TEST((waits.error() == errc::busy));
    BOOST_TEST(run(from, count).value() == 0); // there is room again
}

BOOST_AUTO_TEST_CASE(queries_run_side_by_side_on_as_many_threads)
{
    query_threads from(path, connection::mode::read_only, 2, 10);
    answer slow{make_error_code(errc::failed)}, quick = slow;
    asio::cancellation_signal end;
    asio::co_spawn(io, ask(from, endless, query_threads::clock::now() + 1h, slow),
                   asio::bind_cancellation_slot(end.slot(), [](std::exception_ptr const&) {}));
    asio::co_spawn(io, ask(from, count, query_threads::clock::now() + 20s, quick),
                   [&](std::exception_ptr const&) { end.emit(asio::cancellation_type::terminal); });
    io.run_for(30s);

    BOOST_TEST(quick.value() == 0); // while the other still ran
    BOOST_TEST((slow.error() == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(a_database_that_is_missing_or_broken_is_an_error)
{
    query_threads missing(folder.file("absent.db"), connection::mode::read_only, 1, 10);
    BOOST_TEST((run(missing, count).error() == errc::io));

    query_threads broken(folder.write("broken.db", std::string(10'000, 'x')), connection::mode::read_only, 1, 10);
    BOOST_TEST((run(broken, count).error() == errc::foreign));
}

BOOST_AUTO_TEST_CASE(sql_that_does_not_fit_the_schema_is_an_error)
{
    query_threads from(path, connection::mode::read_only, 1, 10);
    auto const got = run(from, [](connection& on) -> answer {
        auto found = on.query("SELECT nothing FROM nowhere");
        if (!found) return found.error();
        return 0;
    });

    BOOST_TEST((got.error() == errc::failed));
}

BOOST_AUTO_TEST_CASE(a_query_that_throws_is_an_error_and_the_threads_go_on)
{
    query_threads from(path, connection::mode::read_only, 1, 10);
    auto const got = run(from, [](connection& on) -> answer {
        auto found = on.query("SELECT 1");
        if (found->next()) throw std::runtime_error("a fault");
        return 0;
    });

    BOOST_TEST((got.error() == errc::failed));
    BOOST_TEST(run(from, count).value() == 0);
}

BOOST_AUTO_TEST_CASE(readers_cannot_write)
{
    query_threads from(path, connection::mode::read_only, 1, 10);
    auto const got = run(from, [](connection& on) -> answer {
        auto done = on.execute("DELETE FROM request");
        if (!done) return done.error();
        return 0;
    });

    BOOST_TEST(!got.has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
