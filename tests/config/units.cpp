#include "config/units.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::config
{

BOOST_AUTO_TEST_SUITE(units)

BOOST_AUTO_TEST_CASE(byte_counts_have_binary_and_decimal_units)
{
    struct {
        std::string_view given;
        std::uint64_t expected;
    } const good[] = {{"0", 0},
                      {"512", 512},
                      {"1B", 1},
                      {"1kB", 1000},
                      {"1KB", 1000},
                      {"64KiB", 65536},
                      {"64 KiB", 65536},
                      {"4mib", 4U << 20U},
                      {"10MB", 10'000'000},
                      {"2GiB", 2ULL << 30U},
                      {"1GB", 1'000'000'000},
                      {"1TiB", 1ULL << 40U},
                      {"1TB", 1'000'000'000'000}};
    for (auto const& c : good)
        BOOST_TEST_CONTEXT(c.given) BOOST_TEST((parse_byte_count(c.given) == byte_count{c.expected}));
    for (std::string_view const bad : {"", "KiB", "-1", "+1", "1.5MiB", "1KiBs", "1 K", "0x10", "9223372036854775808",
                                       "9223372036854775807KiB", "99999999999999999999", "1e3"})
        BOOST_TEST_CONTEXT(bad) BOOST_TEST(!parse_byte_count(bad).has_value());
}

BOOST_AUTO_TEST_CASE(durations_need_their_unit)
{
    using std::chrono::milliseconds;
    struct {
        std::string_view given;
        std::int64_t expected;
    } const good[] = {{"0", 0},         {"0s", 0},         {"250ms", 250},     {"30s", 30'000},
                      {"10m", 600'000}, {"2h", 7'200'000}, {"1d", 86'400'000}, {"5 s", 5000}};
    for (auto const& c : good)
        BOOST_TEST_CONTEXT(c.given) BOOST_TEST((parse_duration(c.given) == milliseconds(c.expected)));
    for (std::string_view const bad : {"", "30", "s", "-1s", "1.5s", "1y", "1000000d", "99999999999999999999ms"})
        BOOST_TEST_CONTEXT(bad) BOOST_TEST(!parse_duration(bad).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::config
