#include "evaluation/subject.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

using namespace weir::evaluation;

BOOST_AUTO_TEST_SUITE(subjects)

BOOST_AUTO_TEST_CASE(names_of_scores_are_those_of_the_specification)
{
    BOOST_TEST(score_name("Tone & Style (v2)") == "tone_style_v2_");
    BOOST_TEST(score_name("__A--b") == "_a_b");
    BOOST_TEST(score_name("\xc3\xbc"
                          "ber") == "_ber");
}

BOOST_AUTO_TEST_CASE(the_answer_is_found_in_every_form)
{
    struct row {
        char const* response;
        char const* expected;
    };
    for (
        auto const& [response, expected] : {
            row{R"({"choices":[{"message":{"content":"Hi"}}]})", "Hi"},
            row{R"({"choices":[{"message":{"content":[{"type":"text","text":"H"},{"type":"text","text":"i"}]}}]})",
                "Hi"},
            row{R"({"choices":[{"text":"Hi"}]})", "Hi"},
            row{R"({"content":[{"type":"text","text":"Hi"},{"type":"tool_use"}]})", "Hi"},
            row{R"({"output":[{"type":"reasoning"},{"type":"message","content":[{"type":"output_text","text":"Hi"}]}]})",
                "Hi"},
            row{R"({"candidates":[{"content":{"parts":[{"text":"H"},{"text":"i"}]}}]})", "Hi"},
            row{R"({"choices":[]})", R"({"choices":[]})"},
            row{R"("plain")", "plain"},
        })
        BOOST_TEST(answer_text(json::parse(response)) == expected, response);
}

BOOST_AUTO_TEST_SUITE_END()
