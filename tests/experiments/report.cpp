#include "experiments/report.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

namespace weir::experiments
{

BOOST_AUTO_TEST_SUITE(reports)

namespace
{

report sample()
{
    return {"capitals", "e", {{"a", "terse"}, {"b", "<long>"}}, json::parse(R"({"baseline":"a","variants":[
                {"id":"b","model":"gpt-4o","runs":3,"failed":1,"cost":{"n":3,"total":0.003,"mean":0.001},
                 "latencyMs":{"p50":120.4,"p90":200,"p99":300},
                 "scores":{"exact-hcone-bool":{"n":3,"mean":0.5,"confidence":{"low":0.1,"high":0.9},
                           "comparison":{"n":3,"difference":-0.25,"pValue":0.03125}}}},
                {"id":"a","model":"gpt-4o-mini","runs":4,"failed":0,"cost":{"n":0,"total":0,"mean":null},
                 "latencyMs":{"p50":100,"p90":110,"p99":111},
                 "scores":{"exact-hcone-bool":{"n":4,"mean":0.75,"confidence":null,"comparison":null},
                           "length":{"n":4,"mean":17,"confidence":{"low":15,"high":19},"comparison":null}}}]})")};
}

std::vector<condition> read(std::initializer_list<std::string_view> texts)
{
    std::vector<condition> all;
    for (auto const text : texts) {
        std::string problem;
        all.push_back(parse_condition(text, problem).value());
    }
    return all;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_table_has_a_line_for_each_variant_in_the_file_s_order)
{
    BOOST_TEST(sample().table() ==
               "variant  model        runs  failed  exact                   length       cost/run   p50     p99\n"
               "terse    gpt-4o-mini  4     0       0.75                    17 [15, 19]  -          100 ms  111 ms\n"
               "<long>   gpt-4o       3     1       0.5 [0.1, 0.9] p=0.031  -            $0.001000  120 ms  300 ms\n");
}

BOOST_AUTO_TEST_CASE(conditions_are_held_against_every_variant_or_one)
{
    auto const broken = sample().violations(
        read({"score.exact < 0.6", "score.exact < 0.1", "terse: failed > 0", "failed > 0", "latency.p99 >= 111"}));

    std::string told;
    for (auto const& one : broken) told += one.text() + "\n";
    BOOST_TEST(told == "<long>: score.exact is 0.5 (score.exact < 0.6)\n"
                       "<long>: failed is 1 (failed > 0)\n"
                       "terse: latency.p99 is 111 (latency.p99 >= 111)\n"
                       "<long>: latency.p99 is 300 (latency.p99 >= 111)\n");
}

BOOST_AUTO_TEST_CASE(a_condition_on_nothing_fails)
{
    auto const broken = sample().violations(read({"score.missing > 0.5", "nobody: failed > 0"}));

    std::string told;
    for (auto const& one : broken) told += one.text() + "\n";
    BOOST_TEST(told == "terse: score.missing is nowhere (score.missing > 0.5)\n"
                       "<long>: score.missing is nowhere (score.missing > 0.5)\n"
                       "nobody: failed is nowhere (nobody: failed > 0)\n");
}

BOOST_AUTO_TEST_CASE(a_condition_fails_for_the_variant_that_lacks_the_figure)
{
    auto const broken = sample().violations(read({"cost > 1"}));

    BOOST_REQUIRE(broken.size() == 1U);
    BOOST_TEST(broken[0].text() == "terse: cost is nowhere (cost > 1)");
}

BOOST_AUTO_TEST_CASE(what_a_terminal_would_obey_is_not_printed)
{
    BOOST_TEST(printable("a\x1b]0;x\x07\nb\x7f\xc2\x9b"
                         "c\xe2\x80\xae"
                         "d\xe2\x81\xa9é") == "a?]0;x??b??c?d?é");
    violation const one{"e\x1b[31m", "failed > 0", "failed", 1.0};
    BOOST_TEST(one.text() == "e?[31m: failed is 1 (failed > 0)");
}

BOOST_AUTO_TEST_CASE(junit_has_a_suite_for_each_variant)
{
    BOOST_TEST(sample().junit(read({"score.exact < 0.6", "terse: cost > 1"})) ==
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
               "<testsuites name=\"capitals\">\n"
               "  <testsuite name=\"terse\" tests=\"3\" failures=\"1\">\n"
               "    <testcase classname=\"capitals.terse\" name=\"runs\"/>\n"
               "    <testcase classname=\"capitals.terse\" name=\"score.exact &lt; 0.6\"/>\n"
               "    <testcase classname=\"capitals.terse\" name=\"terse: cost &gt; 1\">\n"
               "      <failure message=\"there is no such figure\"/>\n"
               "    </testcase>\n"
               "  </testsuite>\n"
               "  <testsuite name=\"&lt;long&gt;\" tests=\"2\" failures=\"2\">\n"
               "    <testcase classname=\"capitals.&lt;long&gt;\" name=\"runs\">\n"
               "      <failure message=\"1 failed\"/>\n"
               "    </testcase>\n"
               "    <testcase classname=\"capitals.&lt;long&gt;\" name=\"score.exact &lt; 0.6\">\n"
               "      <failure message=\"score.exact is 0.5\"/>\n"
               "    </testcase>\n"
               "  </testsuite>\n"
               "</testsuites>\n");
}

BOOST_AUTO_TEST_CASE(json_has_all_figures_by_name)
{
    auto const one = sample();
    auto const told = one.as_json(one.violations(read({"failed > 0", "score.none > 1"}))).as_object();

    BOOST_TEST(told.at("experimentId").as_string() == "e");
    BOOST_TEST(told.at("variants").as_array().at(0).at("name").as_string() == "terse");
    BOOST_TEST(told.at("variants").as_array().at(1).at("scores").at("exact-hcone-bool").at("mean").as_double() == 0.5);
    BOOST_TEST(json::serialize(told.at("violations")) ==
               R"x([{"variant":"<long>","condition":"failed > 0","value":1E0},)x"
               R"x({"variant":"terse","condition":"score.none > 1","value":null},)x"
               R"x({"variant":"<long>","condition":"score.none > 1","value":null}])x");
    BOOST_TEST(one.failed() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::experiments
