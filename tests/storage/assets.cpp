#include "storage/assets.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::storage
{

BOOST_AUTO_TEST_SUITE(assets)

BOOST_AUTO_TEST_CASE(each_way_to_send_an_image_is_found)
{
    struct {
        char const *body, *url, *type, *content;
    } const cases[] = {
        {R"({"messages":[{"content":[{"type":"image_url","image_url":{"url":"https://x/y.png"}}]}]})",
         "https://x/y.png", "", ""},
        {R"({"image_url":{"url":"data:image/jpeg;base64,aGVsbG8="}})", "", "image/jpeg", "hello"},
        {R"({"input":[{"content":[{"type":"input_image","image_url":"data:image/png;base64,aGk="}]}]})", "",
         "image/png", "hi"},
        {R"({"type":"image","source":{"type":"base64","media_type":"image/webp","data":"aGVs"}})", "", "image/webp",
         "hel"},
        {R"({"type":"image","source":{"type":"url","url":"http://x/z"}})", "http://x/z", "", ""},
        {R"({"contents":[{"parts":[{"inlineData":{"mimeType":"image/gif","data":"aGk="}}]}]})", "", "image/gif", "hi"},
        {R"({"parts":[{"inline_data":{"mime_type":"image/png","data":"aGk="}}]})", "", "image/png", "hi"},
        {R"({"data":[{"b64_json":"aGk="}]})", "", "", "hi"},
        {R"({"image_url":{"url":"data:image/png;base64,not base64!"}})", "", "image/png", ""},
        {R"({"image_url":{"url":"<helicone-prompt-input key=\"p\">https://x/y.png</helicone-prompt-input>"}})",
         "https://x/y.png", "", ""},
        {R"({"image_url":{"url":"<helicone-prompt-input key=\"p\">data:image/png;base64,aGk=</helicone-prompt-input>"}})",
         "", "image/png", "hi"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.body)
        {
            bodies const content{.request = c.body, .response = {}, .raw_stream = {}};
            auto const found = find_assets(content);
            BOOST_TEST_REQUIRE(found.size() == 1U);
            BOOST_TEST(found[0].url == c.url);
            BOOST_TEST(found[0].media_type == c.type);
            BOOST_TEST(found[0].content == c.content);
            BOOST_TEST(count_assets(content) == 1U);
        }
}

BOOST_AUTO_TEST_CASE(images_are_given_as_a_request_has_them)
{
    auto const request = boost::json::parse(R"([{"image_url":"https://x/y.png"},
        {"image_url":{"url":"<helicone-prompt-input key=\"p\">data:image/png;base64,aGk=</helicone-prompt-input>"}},
        {"type":"image","source":{"type":"base64","media_type":"image/webp","data":"aGVs"}}])");

    BOOST_TEST(image_texts(request) ==
                   (std::vector<std::string>{"https://x/y.png", "data:image/png;base64,aGk=", "aGVs"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_no_image_is_not_found)
{
    for (auto const* body : {"", "{}", "{\"image_url\":", R"({"image_url":{"url":"file:///etc/passwd"}})",
                             R"({"image_url":7})", R"({"inlineData":{"mimeType":"audio/wav","data":"aGk="}})",
                             R"({"text":"\"image_url\" in a text"})", R"({"type":"image","source":[]})"})
        BOOST_TEST(find_assets({.request = body, .response = body, .raw_stream = {}}).empty(), body);
}

BOOST_AUTO_TEST_CASE(only_so_many_of_a_call_are_assets)
{
    std::string many = "[";
    for (int i = 0; i < 300; ++i) many += R"({"image_url":"https://x/"},)";
    many += "{}]";
    BOOST_TEST(count_assets({.request = many, .response = {}, .raw_stream = {}}) == most_assets);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
