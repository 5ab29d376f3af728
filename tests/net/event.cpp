#include "net/event.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

namespace weir::net
{
namespace
{

struct waiter {
    boost::asio::io_context io;
    event e;
    int resumed = 0;

    boost::asio::awaitable<void> wait_twice()
    {
        co_await e.wait();
        ++resumed;
        co_await e.wait();
        ++resumed;
    }

    void start()
    {
        boost::asio::co_spawn(io, wait_twice(), [](std::exception_ptr const&) {});
        io.poll();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(events, waiter)

BOOST_AUTO_TEST_CASE(who_waits_resumes_when_it_is_set)
{
    start();
    BOOST_TEST(e.is_waited_for());
    BOOST_TEST(resumed == 0);

    e.set();
    io.poll();
    BOOST_TEST(resumed == 1);
    BOOST_TEST(e.is_waited_for());

    e.set();
    io.poll();
    BOOST_TEST(resumed == 2);
}

BOOST_AUTO_TEST_CASE(an_event_set_before_the_wait_lets_it_return_at_once_and_only_once)
{
    e.set();
    e.set();
    start();

    BOOST_TEST(resumed == 1);
    e.set();
    io.poll();
    BOOST_TEST(resumed == 2);
}

BOOST_AUTO_TEST_CASE(a_cleared_event_is_waited_for)
{
    e.set();
    e.clear();
    start();

    BOOST_TEST(resumed == 0);
    e.set();
    e.set();
    io.poll();
    BOOST_TEST(resumed == 2);
}

BOOST_AUTO_TEST_CASE(set_later_resumes_from_the_executor)
{
    start();

    e.set_later();
    BOOST_TEST(resumed == 0);
    BOOST_TEST(!e.is_waited_for());
    io.restart();
    io.poll();
    BOOST_TEST(resumed == 1);
    e.set();
    io.restart();
    io.poll();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::net
