#include "gateway/stream_usage.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

namespace weir::gateway
{
BOOST_AUTO_TEST_SUITE(asking_for_usage)

namespace
{

/// The body after the edit; "(none)" when there is none.
std::string edited(std::string_view body)
{
    auto const edit = ask_for_usage(body);
    if (!edit) return "(none)";
    std::string out(body);
    return out.replace(edit->at, edit->removed, edit->inserted);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_stream_that_does_not_ask_is_made_to)
{
    struct {
        std::string_view given, expected;
    } const cases[] = {
        {R"({"stream":true})", R"({"stream_options":{"include_usage":true},"stream":true})"},
        {" \n{ \"model\" : \"m\",\t\"stream\" : true }\r\n",
         " \n{\"stream_options\":{\"include_usage\":true}, \"model\" : \"m\",\t\"stream\" : true }\r\n"},
        {R"({"stream":true,"stream_options":null})", R"({"stream":true,"stream_options":{"include_usage":true}})"},
        {R"({"stream":true,"stream_options":{}})", R"({"stream":true,"stream_options":{"include_usage":true}})"},
        {R"({"stream":true,"stream_options":{ }})", R"({"stream":true,"stream_options":{"include_usage":true }})"},
        {R"({"stream":true,"stream_options":{"include_usage":false}})",
         R"({"stream":true,"stream_options":{"include_usage":true}})"},
        {R"({"stream":true,"stream_options":{"include_usage": null , "x":1}})",
         R"({"stream":true,"stream_options":{"include_usage": true , "x":1}})"},
        {R"({"stream_options":{"include_obfuscation":false},"stream":true})",
         R"({"stream_options":{"include_usage":true,"include_obfuscation":false},"stream":true})"},
        {R"({"messages":[{"stream":false,"content":"\"stream\":false}{"}],"stream":true})",
         R"({"stream_options":{"include_usage":true},"messages":[{"stream":false,"content":"\"stream\":false}{"}],"stream":true})"},
        {R"({"a":"\\","stream":true})", R"({"stream_options":{"include_usage":true},"a":"\\","stream":true})"},
        {R"({"a":[[],{}],"b":-1.5e3,"c":null,"stream":true})",
         R"({"stream_options":{"include_usage":true},"a":[[],{}],"b":-1.5e3,"c":null,"stream":true})"},
    };
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.given)
        {
            auto const got = edited(c.given);
            BOOST_TEST(got == c.expected);
            auto const value = boost::json::parse(got);
            BOOST_TEST(value.at("stream_options").at("include_usage").as_bool());
        }
    }
}

BOOST_AUTO_TEST_CASE(everything_else_stays_as_it_is)
{
    for (std::string_view const given : {
             "",
             "{}",
             "null",
             "[{\"stream\":true}]",
             R"({"model":"m"})",
             R"({"stream":false})",
             R"({"stream":null})",
             R"({"stream":"true"})",
             R"({"stream":1})",
             R"({"stream":true,"stream_options":{"include_usage":true}})",
             R"({"stream":true,"stream_options":{"include_usage":"yes"}})",
             R"({"stream":true,"stream_options":[]})",
             R"({"stream":true,"stream_options":"x"})",
             R"({"stream":true,"stream":false})",
             R"({"stream":true,"stream":true})",
             R"({"stream":true,"stream_options":{},"stream_options":{}})",
             R"({"stream":true,"stream_options":{"include_usage":false,"include_usage":false}})",
             R"({"str\u0065am":true})",
             R"({"messages":[{"content":"\"stream\":true"}]})",
             R"({"inner":{"stream":true}})",
             R"({"stream":true)",
             R"({"stream":true}})",
             R"({"stream":true} x)",
             R"({"stream":true,})",
             R"({"stream" true})",
             R"({stream:true})",
             R"({"stream":true,"x":"unfinished)",
             R"({"stream":true,"x":"\)",
             "{\"stream\":",
             "\"stream\"",
         })
        BOOST_TEST_CONTEXT(given) BOOST_TEST(edited(given) == "(none)");
}

BOOST_AUTO_TEST_CASE(an_escaped_second_name_is_not_overlooked)
{
    // Who reads the last of two members would see another request than weir did.
    BOOST_TEST(edited(R"({"stream":true,"str\u0065am":false})") == "(none)");
    BOOST_TEST(edited(R"({"stream":true,"stream\u005foptions":{"include_usage":true}})") == "(none)");
}

BOOST_AUTO_TEST_CASE(depth_and_size_do_not_matter)
{
    auto const deep = "{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + ",\"stream\":true}";
    BOOST_TEST(edited(deep).starts_with("{\"stream_options\""));
    auto const large = "{\"a\":\"" + std::string(5'000'000, 'x') + "\",\"stream\":true}";
    BOOST_TEST(edited(large).starts_with("{\"stream_options\""));
    BOOST_TEST(edited("{\"stream\":true,\"a\":" + std::string(1'000'000, '[')) == "(none)");
}

BOOST_AUTO_TEST_CASE(every_beginning_of_a_body_is_left_alone)
{
    std::string_view const whole = R"({"messages":[{"content":"a\"b"}],"stream":true,"stream_options":{"x":null}})";
    for (std::size_t n = 0; n < whole.size(); ++n)
        BOOST_TEST_CONTEXT(whole.substr(0, n)) BOOST_TEST(edited(whole.substr(0, n)) == "(none)");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway
