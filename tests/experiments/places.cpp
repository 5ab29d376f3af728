#include "experiments/places.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::experiments
{
BOOST_AUTO_TEST_SUITE(places_)

namespace
{

storage::uuid numbered(unsigned char n)
{
    storage::uuid id;
    id.bytes[15] = n;
    return id;
}

constexpr storage::organization_id one{1}, two{2}, three{3};

/// How many places an organisation gets, by evaluators of its own.
std::size_t take_all(places& of, storage::organization_id whose)
{
    std::size_t taken = 0;
    for (unsigned char n = 0; n < 100; ++n)
        while (of.take(whose, numbered(static_cast<unsigned char>(n + 100 * static_cast<int>(whose))))) ++taken;
    return taken;
}

} // namespace

BOOST_AUTO_TEST_CASE(nobody_has_all)
{
    places all(32, 8);
    std::size_t mine = 0;
    while (all.take(one, numbered(1))) ++mine;

    BOOST_TEST(mine == 8U);
    BOOST_TEST(all.taken_by(numbered(1)) == 8U);
    BOOST_TEST(take_all(all, one) == 16U);
    all.share_among(2);
    BOOST_TEST(take_all(all, two) == 8U);
}

BOOST_AUTO_TEST_CASE(those_who_want_some_have_as_many)
{
    places all(32, 8);
    all.share_among(3);

    BOOST_TEST(take_all(all, one) == 10U);
    BOOST_TEST(take_all(all, two) == 10U);
    BOOST_TEST(take_all(all, three) == 10U);
    BOOST_TEST(all.organizations() == 3U);
}

BOOST_AUTO_TEST_CASE(each_has_one_where_many_want_some)
{
    places all(4, 2);
    all.share_among(100);

    BOOST_TEST(take_all(all, one) == 1U);
    BOOST_TEST(take_all(all, two) == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_given_back_can_be_taken)
{
    places all(4, 1);
    BOOST_TEST(all.take(one, numbered(1)));
    BOOST_TEST(!all.take(one, numbered(1)));
    BOOST_TEST(all.has(one));

    all.give_back(one, numbered(1));

    BOOST_TEST(!all.has(one));
    BOOST_TEST(all.taken_by(numbered(1)) == 0U);
    BOOST_TEST(all.take(one, numbered(1)));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::experiments
