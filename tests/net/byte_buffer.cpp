#include "net/byte_buffer.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <string>

namespace weir::net
{
BOOST_AUTO_TEST_SUITE(byte_buffers)

namespace
{

void put(byte_buffer& to, std::string_view bytes)
{
    while (!bytes.empty()) {
        auto const room = to.prepare();
        auto const n = std::min(room.size(), bytes.size());
        std::memcpy(room.data(), bytes.data(), n);
        to.commit(n);
        bytes.remove_prefix(n);
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(an_unused_buffer_has_no_bytes)
{
    byte_buffer const b;

    BOOST_TEST(b.empty());
    BOOST_TEST(b.data() == "");
}

BOOST_AUTO_TEST_CASE(bytes_come_out_as_they_went_in_whatever_the_pieces)
{
    std::mt19937 random(1);
    byte_buffer b;
    std::string expected, seen;
    for (int i = 0; i < 3000; ++i) {
        std::string piece(random() % 5000, static_cast<char>('a' + i % 26));
        expected += piece;
        put(b, piece);
        auto const used = random() % (b.size() + 1);
        seen += b.data().substr(0, used);
        b.consume(used);
    }
    seen += b.data();

    BOOST_TEST((seen == expected));
}

BOOST_AUTO_TEST_CASE(it_starts_small_and_grows_when_reads_fill_it_but_not_beyond_its_bound)
{
    byte_buffer b;
    auto const fill = [&] {
        auto const n = b.prepare().size();
        b.commit(n);
        b.consume(n);
        return n;
    };

    BOOST_TEST(fill() == byte_buffer::first_capacity);
    std::size_t last = 0;
    for (int i = 0; i < 20; ++i) last = fill();
    BOOST_TEST(last == byte_buffer::most_grown);
}

BOOST_AUTO_TEST_CASE(a_buffer_that_is_not_filled_stays_small)
{
    byte_buffer b;
    for (int i = 0; i < 100; ++i) {
        BOOST_TEST(b.prepare().size() <= byte_buffer::first_capacity);
        b.commit(100);
        b.consume(100);
    }
}

BOOST_AUTO_TEST_CASE(prepare_gives_at_least_what_was_asked_for_and_keeps_what_is_there)
{
    byte_buffer b;
    put(b, "kept");

    BOOST_TEST(b.prepare(100'000).size() >= 100'000U);
    BOOST_TEST(b.data() == "kept");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_used_up_never_leave_it_without_room)
{
    byte_buffer b;
    std::size_t expected = 0;
    for (int i = 0; i < 300; ++i) {
        auto const n = std::min<std::size_t>(b.prepare().size(), 1000);
        BOOST_TEST_REQUIRE(n > 0U);
        b.commit(n);
        expected += n;
    }
    BOOST_TEST(b.size() == expected);
}

BOOST_AUTO_TEST_CASE(it_rests_only_when_nothing_stands_in_it_and_no_read_has_filled_it)
{
    byte_buffer b;
    put(b, "ab");
    b.consume(1);
    b.rest();
    BOOST_TEST(b.data() == "b");

    b.consume(1);
    b.rest();
    BOOST_TEST(b.is_resting());
    put(b, "cd");
    BOOST_TEST(b.data() == "cd");

    b.commit(b.prepare().size());
    b.consume(b.size());
    b.rest();
    BOOST_TEST(!b.is_resting());
}

BOOST_AUTO_TEST_CASE(what_a_long_head_made_of_it_rests_as_well)
{
    byte_buffer b;
    b.commit(b.prepare(byte_buffer::most_grown + 1).size());
    b.consume(b.size() - 1);
    b.rest();
    BOOST_TEST(!b.is_resting());

    b.consume(1);
    b.rest();
    BOOST_TEST(b.is_resting());
    BOOST_TEST(b.prepare().size() == byte_buffer::first_capacity);
}

BOOST_AUTO_TEST_CASE(it_grows_no_further_than_it_is_told)
{
    byte_buffer b;
    b.grow_up_to(byte_buffer::first_capacity);
    for (int n = 0; n < 3; ++n) {
        BOOST_TEST(b.prepare().size() == byte_buffer::first_capacity);
        b.commit(byte_buffer::first_capacity);
        b.consume(b.size());
    }
    b.grow_up_to(byte_buffer::most_grown);
    b.commit(b.prepare().size());
    b.consume(b.size());
    BOOST_TEST(b.prepare().size() == 2 * byte_buffer::first_capacity);
}

BOOST_AUTO_TEST_CASE(it_is_small_for_small_pieces_until_one_fills_it)
{
    byte_buffer b;
    put(b, "ab");
    b.expect_small_pieces();
    BOOST_TEST(b.data() == "ab");

    b.consume(2);
    b.expect_small_pieces();
    BOOST_TEST(b.prepare().size() == byte_buffer::small_capacity);
    put(b, std::string(byte_buffer::small_capacity, 'x'));
    b.expect_small_pieces();
    b.consume(b.size());
    b.expect_small_pieces();
    BOOST_TEST(b.prepare().size() == byte_buffer::first_capacity);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::net
