#include "net/nearest.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::net
{

BOOST_AUTO_TEST_SUITE(nearest_words)

BOOST_AUTO_TEST_CASE(the_nearest_word_is_the_one_probably_meant)
{
    static constexpr std::string_view known[] = {"gateway.listen", "admin.listen", "storage.path", "log.level"};

    BOOST_TEST(nearest("gatway.listen", known) == "gateway.listen");
    BOOST_TEST(nearest("storage.paht", known) == "storage.path");
    BOOST_TEST(nearest("log.level", known) == "log.level");
    BOOST_TEST(nearest("zzzzzzzzzzzz", known) == "");
    BOOST_TEST(nearest("x", {}) == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::net
