#include "prompts/json_text.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace weir::prompts;

BOOST_AUTO_TEST_SUITE(json_text)

BOOST_AUTO_TEST_CASE(markup_leaves_every_other_byte_as_it_is)
{
    struct row {
        char const* json;
        char const* expected;
    };
    for (
        auto const& [text, expected] : {
            row{R"({ "a" : "x <helicone-prompt-input key=\"k\" >v\n\"w\"</helicone-prompt-input> \u00e9" ,"n":1.50})",
                R"({ "a" : "x v\n\"w\" \u00e9" ,"n":1.50})"},
            row{R"(["<helicone-prompt-static>s</helicone-prompt-static>","<helicone-prompt-input key=\"k\">v</helicone-prompt-input>"])",
                R"(["s","v"])"},
            // As writers have it that escape what HTML would read.
            row{R"("\u003chelicone-prompt-input key=\"k\"\u003Ev\u003c\/helicone-prompt-input\u003e")", R"("v")"},
            row{R"("\"<helicone-prompt-input key=\u0022k\u0022>\ud83d\ude00</helicone-prompt-input>\\")",
                R"("\"\ud83d\ude00\\")"},
            row{R"({"<helicone-prompt-static>s</helicone-prompt-static>":0})", R"({"s":0})"},
        }) {
        auto const stripped = without_markup(text);
        BOOST_REQUIRE_MESSAGE(stripped, text);
        BOOST_TEST(*stripped == expected);
    }
}

BOOST_AUTO_TEST_CASE(what_has_no_markup_is_not_touched)
{
    for (auto const* text : {
             R"({"a":"b"})",
             R"({"a":"<helicone-prompt-input key=\"k\" />"})",
             R"({"a":"<helicone-prompt-input key=\"k\">not closed"})",
             R"({"a":"<helicone-prompt-input key=\"k\">v","b":"</helicone-prompt-input>"})",
             "",
             "helicone-prompt-",
             R"("<helicone-prompt-static>never ends</helicone-prompt-static>)",
             R"("<helicone-prompt-static>\)",
             R"("<helicone-prompt-static>\u00zz</helicone-prompt-static>")",
             R"("\u12" helicone-prompt-)",
         })
        BOOST_TEST(!without_markup(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
