#include "prompts/tags.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace weir::prompts;

BOOST_AUTO_TEST_SUITE(tags)

BOOST_AUTO_TEST_CASE(an_input_is_found_with_its_key_and_value)
{
    auto const found = next_input(R"(Tell <helicone-prompt-input key="who" > Ada </helicone-prompt-input> all)");

    BOOST_REQUIRE(found);
    BOOST_TEST(found->key == "who");
    BOOST_TEST(found->value == " Ada ");
    BOOST_TEST(found->whole == R"(<helicone-prompt-input key="who" > Ada </helicone-prompt-input>)");
}

BOOST_AUTO_TEST_CASE(markup_is_what_the_provider_does_not_see)
{
    struct row {
        char const* text;
        char const* plain;
    };
    for (
        auto const& [text, expected] : {
            row{R"(a<helicone-prompt-input key="k">b</helicone-prompt-input>c)", "abc"},
            row{"a<helicone-prompt-input\tkey=\"k\"\n>b\nc</helicone-prompt-input>", "ab\nc"},
            row{R"(<helicone-prompt-input key="k" ></helicone-prompt-input>)", ""},
            row{"<helicone-prompt-static>x</helicone-prompt-static>y", "xy"},
            row{R"(<helicone-prompt-static>x<helicone-prompt-input key="k">v</helicone-prompt-input></helicone-prompt-static>)",
                "xv"},
            row{R"(<helicone-prompt-input key="<helicone-prompt-static>">v</helicone-prompt-input></helicone-prompt-static>)",
                "v"},
            // The first end closes an element, whatever stands in it.
            row{R"(<helicone-prompt-input key="a"><helicone-prompt-input key="b">v</helicone-prompt-input></helicone-prompt-input>)",
                R"(<helicone-prompt-input key="b">v</helicone-prompt-input>)"},
            // No elements: not closed, without key, a placeholder, another name.
            row{R"(<helicone-prompt-input key="k">b)", R"(<helicone-prompt-input key="k">b)"},
            row{"<helicone-prompt-input>b</helicone-prompt-input>", "<helicone-prompt-input>b</helicone-prompt-input>"},
            row{R"(<helicone-prompt-inputkey="k">b</helicone-prompt-input>)",
                R"(<helicone-prompt-inputkey="k">b</helicone-prompt-input>)"},
            row{R"(<helicone-prompt-input key='k'>b</helicone-prompt-input>)",
                R"(<helicone-prompt-input key='k'>b</helicone-prompt-input>)"},
            row{R"(<helicone-prompt-input key="k" />)", R"(<helicone-prompt-input key="k" />)"},
            row{"</helicone-prompt-input>", "</helicone-prompt-input>"},
        })
        BOOST_TEST(without_elements(text) == expected, text);
}

BOOST_AUTO_TEST_CASE(the_last_automatic_input_of_a_text_counts)
{
    BOOST_TEST(automatic_input("<helicone-auto-prompt-input idx=3 /> <helicone-auto-prompt-input idx=12/>").value() ==
               12U);
    BOOST_TEST(!automatic_input("<helicone-auto-prompt-input idx= />"));
    BOOST_TEST(!automatic_input("<helicone-auto-prompt-input idx=-1 />"));
    BOOST_TEST(!automatic_input("<helicone-auto-prompt-input idx=99999999999999999999999 />"));
    BOOST_TEST(automatic_input(automatic_placeholder(7)).value() == 7U);
    BOOST_TEST(without_automatic_inputs("a" + automatic_placeholder(1) + "b" + automatic_placeholder(2)) == "ab");
}

BOOST_AUTO_TEST_CASE(images_are_found_by_their_ids)
{
    std::string_view const text = R"(a <helicone-asset-id key="x"/><helicone-asset-id key="y" />)";
    auto const first = next_asset(text);
    BOOST_TEST_REQUIRE(first.has_value());
    BOOST_TEST(first->whole == R"(<helicone-asset-id key="x"/>)");
    BOOST_TEST(first->id == "x");
    BOOST_TEST(next_asset(text, 3).value().id == "y");
    for (std::string_view const none : {R"(<helicone-asset-id key="x">)", R"(<helicone-asset-id />)",
                                        R"(<helicone-prompt-input key="x"/>)", R"(<helicone-asset-id key="x)"})
        BOOST_TEST(!next_asset(none), none);
}

BOOST_AUTO_TEST_SUITE_END()
