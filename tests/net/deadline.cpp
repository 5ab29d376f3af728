#include "net/deadline.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>

namespace weir::net
{
namespace
{

using namespace std::chrono_literals;

struct watched {
    boost::asio::io_context io;
    watchdog dog{io};
    int calls = 0;

    static void count(void* self) { ++static_cast<watched*>(self)->calls; }

    /// Runs until `done` or, at most, for a while.
    template <class Done>
    bool run_until(Done done)
    {
        auto const until = clock::now() + 10s;
        while (!done() && clock::now() < until) io.run_one_for(1s);
        return done();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(deadlines, watched)

BOOST_AUTO_TEST_CASE(a_deadline_that_passes_is_called_until_it_is_off_and_says_so)
{
    deadline d(dog, count, this);
    d.after(1ms);
    auto const begun = clock::now();

    BOOST_TEST(run_until([&] { return calls == 1; }));
    BOOST_TEST(d.fired());
    BOOST_TEST((clock::now() - begun < 5s));
    BOOST_TEST(run_until([&] { return calls == 3; })); // what it ends may not have been under way at first
    BOOST_TEST(d.fired());
    d.off();
    io.run_for(3 * watchdog::tick);
    BOOST_TEST(calls == 3);
}

BOOST_AUTO_TEST_CASE(a_deadline_that_is_off_or_put_off_is_not_called)
{
    deadline off(dog, count, this), put_off(dog, count, this);
    off.after(1ms);
    off.off();
    put_off.after(1ms);
    put_off.after(1h);

    io.run_for(4 * watchdog::tick);

    BOOST_TEST(calls == 0);
    BOOST_TEST(!off.fired());
    BOOST_TEST(!put_off.fired());
}

BOOST_AUTO_TEST_CASE(setting_it_anew_forgets_that_it_fired)
{
    deadline d(dog, count, this);
    d.after(0ms);
    BOOST_TEST(run_until([&] { return calls == 1; }));

    d.after(1ms);
    BOOST_TEST(!d.fired());
    BOOST_TEST(run_until([&] { return calls == 2; }));
    BOOST_TEST(d.fired());
    d.off();
    BOOST_TEST(!d.fired());
}

BOOST_AUTO_TEST_CASE(a_deadline_that_is_gone_is_not_called)
{
    deadline stays(dog, count, this);
    {
        deadline goes(
            dog, [](void*) { BOOST_FAIL("called"); }, nullptr);
        goes.after(0ms);
    }
    stays.after(1ms);

    BOOST_TEST(run_until([&] { return calls == 1; }));
}

BOOST_AUTO_TEST_CASE(a_stopped_watchdog_lets_its_context_run_out_of_work)
{
    deadline d(dog, count, this);
    d.after(1h);
    io.poll();

    dog.stop();

    BOOST_TEST(run_until([&] { return io.stopped(); }));
    BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_CASE(without_deadlines_it_is_idle_and_begins_again_with_the_next)
{
    {
        deadline d(dog, count, this);
    }
    BOOST_TEST(run_until([&] { return io.stopped(); }));

    io.restart();
    deadline d(dog, count, this);
    d.after(1ms);
    BOOST_TEST(run_until([&] { return calls == 1; }));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::net
