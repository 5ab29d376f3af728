#include "net/time_text.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::net
{

BOOST_AUTO_TEST_SUITE(times_of_day)

BOOST_AUTO_TEST_CASE(times_are_iso_8601_with_milliseconds)
{
    BOOST_TEST(time_text(0) == "1970-01-01T00:00:00.000Z");
    BOOST_TEST(time_text(1'700'000'000'123'999) == "2023-11-14T22:13:20.123Z");
    BOOST_TEST(time_text(-1) == "1969-12-31T23:59:59.999Z");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::net
