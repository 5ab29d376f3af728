#include "net/hmac.hpp"

#include <boost/test/unit_test.hpp>

#include <utility>

namespace weir::net
{

BOOST_AUTO_TEST_SUITE(hmac)

BOOST_AUTO_TEST_CASE(codes_are_those_of_rfc_4231)
{
    struct {
        std::string key, text;
        std::string_view code;
    } const cases[] = {
        {std::string(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {std::string(20, '\xaa'), std::string(50, '\xdd'),
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    };
    for (auto const& one : cases) {
        hmac_sha256_key key(one.key);
        BOOST_TEST(key.of(one.text) == one.code);
        BOOST_TEST(key.of("") != one.code);
        auto const moved = std::move(key);
        BOOST_TEST(moved.of(one.text) == one.code); // as often as it is asked
        BOOST_TEST(hmac_sha256(one.key, one.text) == one.code);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::net
