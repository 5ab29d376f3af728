#include "storage/body_codec.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

namespace weir::storage
{

BOOST_AUTO_TEST_SUITE(body_codecs)

BOOST_AUTO_TEST_CASE(what_was_encoded_comes_back)
{
    std::mt19937 random(1);
    std::string noise;
    for (int i = 0; i < 100'000; ++i) noise += static_cast<char>(random());
    body_codec codec;
    for (auto const& text : {std::string(), std::string("{}"), std::string(127, 'x'), std::string(128, 'x'),
                             std::string(3'000'000, 'x'), noise, std::string("\0\1\2", 3)}) {
        auto const stored = std::string(codec.encode(text));
        auto const back = codec.decode(stored);
        BOOST_REQUIRE(back.has_value());
        BOOST_TEST((*back == text));
        BOOST_TEST(stored.size() <= text.size() + 1);
    }
}

BOOST_AUTO_TEST_CASE(long_text_takes_less_room)
{
    body_codec codec;

    BOOST_TEST(codec.encode(std::string(100'000, 'x')).size() < 1000U);
}

BOOST_AUTO_TEST_CASE(damage_is_noticed_and_never_more_than_an_error)
{
    body_codec codec;
    auto const good = std::string(codec.encode(std::string(10'000, 'x') + "end"));
    for (auto const& bad : {std::string(), std::string("\2x"), std::string("\1"), std::string("\1garbage"),
                            good.substr(0, good.size() - 3), good + "more"}) {
        auto const got = codec.decode(bad);
        BOOST_REQUIRE(!got.has_value());
        BOOST_TEST((got.error() == errc::damaged));
    }
    for (std::size_t i = 1; i < good.size(); ++i) {
        auto flipped = good;
        flipped[i] = static_cast<char>(flipped[i] ^ 0x10);
        static_cast<void>(codec.decode(flipped)); // no crash, no gigabytes
    }
    BOOST_TEST(codec.decode(good).has_value()); // and good as new afterwards
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
