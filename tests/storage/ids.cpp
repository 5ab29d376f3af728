#include "storage/ids.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <thread>
#include <vector>

namespace weir::storage
{
BOOST_AUTO_TEST_SUITE(ids_)

namespace
{

using std::chrono::milliseconds;
using std::chrono::system_clock;

system_clock::time_point at(std::int64_t ms_since_2020)
{
    return system_clock::time_point(milliseconds(1577836800000 + ms_since_2020));
}

} // namespace

BOOST_AUTO_TEST_CASE(the_id_of_a_logged_call_has_its_time_and_a_gateway_of_its_own)
{
    auto const id = logged_row_id(at(1'000'000) + std::chrono::microseconds(999), 0x12345);

    BOOST_TEST((time_of(id) == at(1'000'000)));
    BOOST_TEST((static_cast<std::int64_t>(id) & 0xFFF) == 0x345);
    BOOST_TEST((static_cast<std::int64_t>(id) >> 12 & 1023) == logged_gateway);
    BOOST_TEST((id > id_source().next(at(1'000'000)) && id < id_source().next(at(1'000'001))));
    BOOST_TEST((row_id_of(public_id(id, 99)) == id));
    BOOST_TEST((time_of(logged_row_id(system_clock::time_point(), 0)) == at(0))); // before all ids
}

BOOST_AUTO_TEST_CASE(ids_grow_with_time)
{
    id_source source;

    auto const first = source.next(at(1)), second = source.next(at(2)), later = source.next(at(1'000'000'000));

    BOOST_TEST((first < second));
    BOOST_TEST((second < later));
    BOOST_TEST((static_cast<std::int64_t>(first) > 0));
}

BOOST_AUTO_TEST_CASE(ids_of_one_millisecond_differ_and_grow_beyond_its_sequence)
{
    id_source source;
    auto last = source.next(at(5));
    for (int i = 0; i < 10'000; ++i) {
        auto const id = source.next(at(5));
        BOOST_REQUIRE((id > last));
        last = id;
    }
    BOOST_TEST((source.next(at(6)) > last)); // the borrowed milliseconds are not given out again
}

BOOST_AUTO_TEST_CASE(ids_grow_also_when_the_clock_steps_back)
{
    id_source source;
    auto const before = source.next(at(1'000'000));

    auto const after = source.next(at(1)), far_back = source.next(system_clock::time_point{});

    BOOST_TEST((after > before));
    BOOST_TEST((far_back > after));
}

BOOST_AUTO_TEST_CASE(the_first_id_of_a_time_divides_the_older_from_the_younger)
{
    id_source source(1023);
    auto const before = source.next(at(999)), at_once = source.next(at(1000)), after = source.next(at(1001));

    BOOST_TEST((before < first_row_id(at(1000))));
    BOOST_TEST((at_once >= first_row_id(at(1000))));
    BOOST_TEST((after >= first_row_id(at(1001))));
    BOOST_TEST((at_once < first_row_id(at(1000) + std::chrono::microseconds(1))));
    BOOST_TEST((time_of(at_once) == at(1000)));
    BOOST_TEST((first_row_id(system_clock::time_point{}) == row_id{0}));
    BOOST_TEST((first_row_id(system_clock::time_point::max()) > after));
}

BOOST_AUTO_TEST_CASE(threads_never_get_the_same_id)
{
    id_source source;
    std::vector<std::vector<row_id>> got(4);
    {
        std::vector<std::jthread> threads;
        for (auto& mine : got)
            threads.emplace_back([&source, &mine] {
                for (int i = 0; i < 5000; ++i) mine.push_back(source.next(at(i / 100)));
            });
    }

    std::vector<row_id> all;
    for (auto const& mine : got) {
        BOOST_TEST(std::is_sorted(mine.begin(), mine.end()));
        all.insert(all.end(), mine.begin(), mine.end());
    }
    std::sort(all.begin(), all.end());
    BOOST_TEST((std::adjacent_find(all.begin(), all.end()) == all.end()));
}

BOOST_AUTO_TEST_CASE(gateways_with_numbers_of_their_own_never_make_the_same_id)
{
    id_source one(1), two(2);

    BOOST_TEST((one.next(at(5)) != two.next(at(5))));
}

BOOST_AUTO_TEST_CASE(a_public_id_is_a_uuidv7_that_carries_its_row)
{
    for (std::uint16_t const gateway : {std::uint16_t{0}, std::uint16_t{1}, std::uint16_t{1023}}) {
        id_source source(gateway);
        for (std::int64_t const ms :
             {std::int64_t{0}, std::int64_t{1}, std::int64_t{200'000'000'000}, std::int64_t{(1LL << 41) - 2}}) {
            for (int i = 0; i < 3; ++i) {
                auto const id = source.next(at(ms));
                for (std::uint64_t const random :
                     {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{0x123456789abcdef}}) {
                    auto const shown = public_id(id, random);
                    BOOST_TEST((uuid::parse(shown.text()) == shown));
                    BOOST_TEST(shown.text()[14] == '7');
                    BOOST_TEST((row_id_of(shown) == id));
                }
                BOOST_TEST((row_id_of(response_id(id)) == id));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(public_ids_sort_as_their_rows_and_begin_with_the_time)
{
    id_source source;
    auto const a = public_id(source.next(at(1000)), ~std::uint64_t{0}), b = public_id(source.next(at(1001)), 0);

    BOOST_TEST((a < b));
    BOOST_TEST(a.text().starts_with("016f5e66-ebe8")); // 1577836801000 ms
}

BOOST_AUTO_TEST_CASE(request_and_response_of_a_row_have_different_ids_and_the_latter_is_always_the_same)
{
    id_source source;
    auto const id = source.next(at(1000));

    BOOST_TEST((response_id(id) == response_id(id)));
    BOOST_TEST((response_id(id) != public_id(id, 0)));
}

BOOST_AUTO_TEST_CASE(other_uuids_carry_no_row)
{
    for (std::string_view const other : {"6f1c2e1a-3b4d-4e5f-8a9b-0c1d2e3f4a5b",  // random
                                         "00000000-0000-7000-8000-000000000000",  // v7 of 1970
                                         "ffffffff-ffff-7fff-bfff-ffffffffffff"}) // v7 of the year 10889
        BOOST_TEST_CONTEXT(other) BOOST_TEST(!row_id_of(uuid::parse(other).value()).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
