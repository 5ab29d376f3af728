#include "experiments/condition.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::experiments
{

BOOST_AUTO_TEST_SUITE(conditions)

BOOST_AUTO_TEST_CASE(each_operator_compares)
{
    struct {
        std::string_view text;
        bool below, at, above;
    } const cases[] = {
        {"cost < 1", true, false, false},   {"cost<=1", true, true, false},    {"cost > 1", false, false, true},
        {"cost >= 1.0", false, true, true}, {"cost == 1", false, true, false}, {"cost != 1", true, false, true},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.text)
        {
            std::string problem;
            auto const what = parse_condition(c.text, problem);
            BOOST_REQUIRE(what.has_value());
            BOOST_TEST(holds(*what, 0.5) == c.below);
            BOOST_TEST(holds(*what, 1) == c.at);
            BOOST_TEST(holds(*what, 1.5) == c.above);
        }
}

BOOST_AUTO_TEST_CASE(a_condition_may_be_of_one_variant)
{
    std::string problem;
    auto const what = parse_condition(" terse : score.is polite <= -2.5e1 ", problem);
    BOOST_REQUIRE(what.has_value());
    BOOST_TEST(what->variant == "terse");
    BOOST_TEST(what->measure == "score.is polite");
    BOOST_TEST(what->bound == -25);
}

BOOST_AUTO_TEST_CASE(what_is_none_is_refused_with_a_reason)
{
    for (auto const* text : {"", "cost", "cost <", "cost < x", "cost < 1 2", "cost < nan", "< 1", "price < 1",
                             "score. < 1", "latency < 1", "latency.p5 < 1", "cost = 1"}) {
        std::string problem;
        BOOST_TEST(!parse_condition(text, problem), text);
        BOOST_TEST(!problem.empty(), text);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::experiments
