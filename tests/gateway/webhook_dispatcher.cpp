#include "gateway/webhook_dispatcher.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::gateway
{

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(webhook_dispatchers)

BOOST_AUTO_TEST_CASE(pauses_grow_to_the_better_part_of_a_day)
{
    std::chrono::milliseconds const expected[] = {10s, 50s, 250s, 1250s, 6250s, 31'250s, 12h};
    std::chrono::milliseconds whole{0};
    for (int failures = 1; failures < webhook_dispatcher::most_attempts; ++failures) {
        auto const pause = webhook_dispatcher::pause_after(failures, 10s);
        BOOST_TEST(pause.count() == expected[failures - 1].count());
        whole += pause;
    }
    BOOST_TEST((whole > 20h && whole < 24h));
    BOOST_TEST((webhook_dispatcher::pause_after(3, 20h) == 12h));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway
