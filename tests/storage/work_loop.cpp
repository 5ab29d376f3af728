#include "storage/work_loop.hpp"

#include "storage/collect.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/wait.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <functional>
#include <stdexcept>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace weir::storage
{

namespace
{

asio::awaitable<void> nothing_to_do() { co_return; }

asio::awaitable<void> fault()
{
    throw std::runtime_error("a fault");
    co_return;
}

struct loop_fixture {
    fresh_database stored;
    std::atomic<int> looks{0}, ended{0}, faults{0};
    std::function<result<void>(connection&)> look = [](connection&) -> result<void> { return {}; };
    std::function<void()> cancel_all = [] {};

    work_loop_options options(std::chrono::milliseconds interval)
    {
        return {.path = stored.path,
                .name = "a test",
                .interval = interval,
                .look =
                    [this](connection& db) {
                        auto looked = look(db);
                        ++looks;
                        return looked;
                    },
                .cancel_all = [this] { cancel_all(); }};
    }

    std::function<void(std::exception_ptr const&)> note_end()
    {
        return [this](std::exception_ptr const& bug) {
            faults += bug != nullptr;
            ++ended;
        };
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(work_loops, loop_fixture)

BOOST_AUTO_TEST_CASE(it_looks_at_intervals_when_told_to_and_when_work_ends)
{
    work_loop loop(options(1h));
    look = [this, &loop](connection&) -> result<void> {
        if (looks == 1) loop.spawn(nothing_to_do(), note_end());
        return {};
    };
    loop.start();
    test::eventually([this] { return looks == 1; });

    loop.look_now();

    test::eventually([this] { return looks == 3; }); // told to, and at the work's end
    loop.stop();
    BOOST_TEST(ended == 1);

    work_loop often(options(1ms));
    look = [](connection&) -> result<void> { return {}; };
    often.start();
    test::eventually([this] { return looks > 6; });
}

BOOST_AUTO_TEST_CASE(a_look_that_goes_on_is_followed_by_another_at_once)
{
    work_loop loop(options(1h));
    look = [this, &loop](connection&) -> result<void> {
        if (looks < 5) loop.look_on();
        return {};
    };
    loop.start();
    test::eventually([this] { return looks == 6; });
}

BOOST_AUTO_TEST_CASE(a_look_that_fails_is_made_again_on_another_connection)
{
    work_loop loop(options(1ms));
    int tries = 0;
    look = [&tries](connection& db) -> result<void> {
        if (++tries == 1) {
            static_cast<void>(db.execute_script("CREATE TEMP TABLE of_this_connection (x)"));
            return make_error_code(errc::failed);
        }
        if (tries == 2) throw std::runtime_error("a fault");
        auto const there = is_any(db.query("SELECT 1 FROM sqlite_temp_master"));
        BOOST_TEST((there && !*there));
        return {};
    };
    loop.start();
    test::eventually([this] { return looks > 2; });
}

BOOST_AUTO_TEST_CASE(a_fault_in_the_work_ends_that_work_alone)
{
    work_loop loop(options(1ms));
    look = [this, &loop](connection&) -> result<void> {
        if (looks == 0) loop.spawn(fault(), note_end());
        return {};
    };
    loop.start();
    test::eventually([this] { return ended == 1 && looks > 3; });
    BOOST_TEST(faults == 1);
}

BOOST_AUTO_TEST_CASE(a_stop_ends_what_is_under_way_and_waits_for_it)
{
    work_loop loop(options(1h));
    asio::steady_timer never(loop.io(), 1h);
    look = [this, &loop, &never](connection&) -> result<void> {
        auto const wait = [](asio::steady_timer& until) -> asio::awaitable<void> {
            static_cast<void>(co_await until.async_wait(asio::as_tuple(asio::use_awaitable)));
        };
        if (looks == 0) loop.spawn(wait(never), note_end());
        return {};
    };
    cancel_all = [&never] { never.cancel(); };
    loop.start();
    test::eventually([this] { return looks == 1; });
    BOOST_TEST(ended == 0);

    loop.stop();

    BOOST_TEST(ended == 1);
    BOOST_TEST(looks == 1);
    BOOST_TEST(loop.is_stopping());
    BOOST_REQUIRE(loop.db());
    BOOST_TEST(loop.db()->execute_script("SELECT 1").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
