#include "storage/body_block.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

namespace weir::storage
{
BOOST_AUTO_TEST_SUITE(body_blocks)

namespace
{

std::string noise(std::size_t size)
{
    std::mt19937 random(1);
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(random());
    return text;
}

bool same(bodies const& a, bodies const& b)
{
    return a.request == b.request && a.response == b.response && a.raw_stream == b.raw_stream;
}

} // namespace

BOOST_AUTO_TEST_CASE(what_was_packed_comes_back_for_each_call)
{
    bodies const all[] = {{"{}", "answer", "events"},
                          {"", "", ""},
                          {std::string(3'000'000, 'x'), noise(100'000), ""},
                          {std::string("\0\1\2", 3), "\xff", std::string(127, 'y')}};
    body_packer packer;
    std::int64_t id = 10;
    for (auto const& content : all) packer.add(row_id{id++}, content);

    BOOST_TEST((packer.id() == row_id{13}));
    std::string const block(packer.pack());

    body_unpacker unpacker;
    id = 10;
    for (auto const& content : all) {
        auto const back = unpacker.find(block, row_id{id++});
        BOOST_REQUIRE(back.has_value());
        BOOST_TEST(same(*back, content));
    }
    BOOST_TEST((unpacker.find(block, row_id{99}).error() == errc::not_found));
    BOOST_TEST(packer.empty());
}

BOOST_AUTO_TEST_CASE(a_block_is_named_after_its_greatest_row_id_and_the_next_begins_anew)
{
    body_packer packer;
    packer.add(row_id{7}, {"a", "b", ""});
    packer.add(row_id{5}, {"c", "d", ""});
    BOOST_TEST((packer.id() == row_id{7}));
    static_cast<void>(packer.pack());

    packer.add(row_id{6}, {"e", "f", ""});

    BOOST_TEST((packer.id() == row_id{6}));
    BOOST_TEST((body_unpacker().find(packer.pack(), row_id{7}).error() == errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_block_is_full_by_size_and_by_number)
{
    body_packer by_size, by_number;

    by_size.add(row_id{1}, {std::string(1'000'000, 'x'), "", ""});
    for (int i = 0; i < 1000; ++i) by_number.add(row_id{i}, {});

    BOOST_TEST(by_size.is_full());
    BOOST_TEST(by_number.is_full());
    static_cast<void>(by_size.pack());
    BOOST_TEST(!by_size.is_full());
}

BOOST_AUTO_TEST_CASE(calls_that_resemble_each_other_take_less_room_together)
{
    body_packer together, alone;
    auto const text = noise(2000); // compresses no further
    std::size_t apart = 0;
    for (int i = 0; i < 20; ++i) {
        together.add(row_id{i}, {text, "", ""});
        alone.add(row_id{i}, {text, "", ""});
        apart += alone.pack().size();
    }

    BOOST_TEST(together.pack().size() * 10 < apart);
}

BOOST_AUTO_TEST_CASE(noise_takes_no_more_room_than_it_has)
{
    body_packer packer;
    packer.add(row_id{1}, {noise(50'000), "", ""});

    BOOST_TEST(packer.pack().size() < 50'100U);
}

BOOST_AUTO_TEST_CASE(damage_is_noticed_and_never_more_than_an_error)
{
    body_packer packer;
    for (int i = 0; i < 10; ++i) packer.add(row_id{i}, {std::string(1000, 'x') + std::to_string(i), "end", ""});
    std::string const good(packer.pack());
    body_unpacker unpacker;

    std::string plain(1, '\0');
    plain += "\5\0\0\0\0\0\0\0\xff\xff\xff\xff"; // an entry that claims more than there is
    for (auto const& bad : {std::string(), std::string("\2x"), std::string("\1"), std::string("\1garbage"), plain,
                            good.substr(0, good.size() - 3), good + "more"}) {
        auto const got = unpacker.find(bad, row_id{9});
        BOOST_REQUIRE(!got.has_value());
        BOOST_TEST((got.error() == errc::damaged));
    }
    for (std::size_t i = 1; i < good.size(); ++i) {
        auto flipped = good;
        flipped[i] = static_cast<char>(flipped[i] ^ 0x10);
        static_cast<void>(unpacker.find(flipped, row_id{9})); // no crash, no gigabytes
    }
    BOOST_TEST(unpacker.find(good, row_id{9}).has_value()); // and good as new afterwards
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
