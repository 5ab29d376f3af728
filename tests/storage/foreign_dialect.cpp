#include "storage/foreign_dialect.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::storage
{

BOOST_AUTO_TEST_SUITE(foreign_dialect)

BOOST_AUTO_TEST_CASE(members_of_maps_are_read_and_nothing_else_changes)
{
    struct row {
        char const* given;
        char const* expected;
    };
    for (auto const& [given, expected] : {
             row{"SELECT properties['App'], r.scores['a b'] FROM r",
                 "SELECT properties->>'App', r.scores->>'a b' FROM r"},
             row{"SELECT properties['it''s'] = 'x'", "SELECT properties->>'it''s' = 'x'"},
             row{"SELECT 'properties[''App'']'", "SELECT 'properties[''App'']'"},
             row{"SELECT \"properties['App']\"", "SELECT \"properties['App']\""},
             row{"SELECT 1 -- properties['App']\n, a['b']", "SELECT 1 -- properties['App']\n, a->>'b'"},
             row{"SELECT /* a['b'] */ 1", "SELECT /* a['b'] */ 1"},
             row{"SELECT [a['b']] FROM r", "SELECT [a['b']] FROM r"},
             row{"SELECT a [b] FROM r", "SELECT a [b] FROM r"},
             row{"SELECT a['b", "SELECT a['b"},
             row{"SELECT a['b'", "SELECT a['b'"},
             row{"SELECT /* open", "SELECT /* open"},
             row{"'", "'"},
             row{"", ""},
         })
        BOOST_TEST(with_members_as_sqlite_has_them(given) == expected);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
