#include "net/address.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::net
{

BOOST_AUTO_TEST_SUITE(addresses)

BOOST_AUTO_TEST_CASE(only_addresses_of_the_public_internet_are_public)
{
    struct {
        char const* given;
        bool expected;
    } const cases[] = {
        {"0.0.0.0", false},
        {"0.255.255.255", false},
        {"1.1.1.1", true},
        {"9.255.255.255", true},
        {"10.0.0.0", false},
        {"10.255.255.255", false},
        {"11.0.0.0", true},
        {"100.63.255.255", true},
        {"100.64.0.0", false},
        {"100.127.255.255", false},
        {"100.128.0.0", true},
        {"127.0.0.1", false},
        {"127.255.255.255", false},
        {"128.0.0.1", true},
        {"169.253.255.255", true},
        {"169.254.169.254", false},
        {"169.255.0.0", true},
        {"172.15.255.255", true},
        {"172.16.0.0", false},
        {"172.31.255.255", false},
        {"172.32.0.0", true},
        {"192.0.0.1", false},
        {"192.0.2.1", false},
        {"192.88.99.1", false},
        {"192.167.255.255", true},
        {"192.168.0.1", false},
        {"192.169.0.0", true},
        {"198.17.255.255", true},
        {"198.18.0.0", false},
        {"198.19.255.255", false},
        {"198.51.100.1", false},
        {"203.0.113.1", false},
        {"223.255.255.255", true},
        {"224.0.0.1", false},
        {"240.0.0.1", false},
        {"255.255.255.255", false},

        {"::", false},
        {"::1", false},
        {"2606:4700:4700::1111", true},
        {"2a00:1450::1", true},
        {"fe80::1", false},
        {"febf::1", false},
        {"fec0::1", false},
        {"fc00::1", false},
        {"fd12:3456::1", false},
        {"ff02::1", false},
        {"100::1", false},
        {"2001:db8::1", false},
        {"2001::1", false},
        {"2001:2::1", false}, // benchmarking
        {"3fff::1", false},   // documentation
        {"4000::1", false},
    };
    for (auto const& c : cases)
        BOOST_TEST_CONTEXT(c.given) BOOST_TEST(is_public(boost::asio::ip::make_address(c.given)) == c.expected);
}

BOOST_AUTO_TEST_CASE(an_ipv6_form_that_carries_an_ipv4_address_is_as_public_as_that)
{
    struct {
        char const* given;
        bool expected;
    } const cases[] = {
        {"::ffff:127.0.0.1", false},       // mapped
        {"::ffff:10.1.2.3", false},        //
        {"::ffff:169.254.169.254", false}, //
        {"::ffff:8.8.8.8", true},          //
        {"::127.0.0.1", false},            // compatible: deprecated, never public
        {"::8.8.8.8", false},              //
        {"64:ff9b::127.0.0.1", false},     // NAT64
        {"64:ff9b::10.0.0.1", false},      //
        {"64:ff9b::8.8.8.8", true},        //
        {"64:ff9b:1::10.0.0.1", false},    // NAT64 of a local network (RFC 8215)
        {"64:ff9b:1::8.8.8.8", false},     // its prefix lengths vary, so where the address stands is not known
        {"2002:7f00:1::1", false},         // 6to4 of 127.0.0.1
        {"2002:a00:1::1", false},          // 6to4 of 10.0.0.1
        {"2002:c0a8:1::1", false},         // 6to4 of 192.168.0.1
        {"2002:808:808::1", true},         // 6to4 of 8.8.8.8
    };
    for (auto const& c : cases)
        BOOST_TEST_CONTEXT(c.given) BOOST_TEST(is_public(boost::asio::ip::make_address(c.given)) == c.expected);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::net
