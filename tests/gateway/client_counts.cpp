#include "gateway/client_counts.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

namespace weir::gateway
{
BOOST_AUTO_TEST_SUITE(counting_clients)

namespace
{

bool may_enter(client_counts& counts, std::string const& address)
{
    return counts.enter(boost::asio::ip::make_address(address)).has_value();
}

} // namespace

BOOST_AUTO_TEST_CASE(who_is_the_same_client)
{
    struct {
        std::string first, second;
        bool same;
    } const cases[] = {
        {"10.0.0.1", "10.0.0.1", true},
        {"10.0.0.1", "10.0.0.2", false},
        {"10.0.0.1", "::ffff:10.0.0.1", true},
        {"::ffff:10.0.0.1", "::ffff:10.0.0.2", false},
        {"2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true},
        {"2001:db8:1:2::1", "2001:db8:1:3::1", false},
        {"fe80::1%1", "fe80::2%2", true},
        {"10.0.0.1", "2001:db8::1", false},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.first << " and " << c.second)
        {
            client_counts counts(1);
            auto const place = counts.enter(boost::asio::ip::make_address(c.first));
            BOOST_REQUIRE(place.has_value());
            BOOST_TEST(may_enter(counts, c.second) == !c.same);
        }
}

BOOST_AUTO_TEST_CASE(a_place_is_given_back_once_however_often_it_moved)
{
    client_counts counts(2);
    auto const address = boost::asio::ip::make_address("10.0.0.1");
    std::vector<client_counts::place> places;
    places.push_back(std::move(*counts.enter(address)));
    places.push_back(std::move(*counts.enter(address))); // moves the first one too
    BOOST_TEST(!may_enter(counts, "10.0.0.1"));

    places.pop_back();

    auto const again = counts.enter(address);
    BOOST_TEST(again.has_value());
    BOOST_TEST(!may_enter(counts, "10.0.0.1"));
}

BOOST_AUTO_TEST_CASE(without_a_limit_everybody_may)
{
    client_counts counts(0);
    std::vector<client_counts::place> places;
    for (int i = 0; i < 1000; ++i) {
        auto place = counts.enter(boost::asio::ip::make_address("10.0.0.1"));
        BOOST_REQUIRE(place.has_value());
        places.push_back(std::move(*place));
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway
