// Calls that name a prompt: the provider sees no tags, the record keeps what they say.
#include "storage/collect.hpp"
#include "storage/ids.hpp"
#include "storage/prompt_inputs.hpp"
#include "tests/support/running_gateway.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::test
{
BOOST_AUTO_TEST_SUITE(relay_prompts)

namespace
{

constexpr std::string_view chat = "/openai/v1/chat/completions";
constexpr std::string_view named = "Helicone-Prompt-Id: greeting\r\n";
constexpr std::string_view tagged =
    R"({"model":"gpt-4o","messages":[{"role":"user","content":"Greet <helicone-prompt-input key=\"who\" > Ada </helicone-prompt-input>"}]})";
constexpr std::string_view plain = R"({"model":"gpt-4o","messages":[{"role":"user","content":"Greet  Ada "}]})";

struct outcome {
    message sent;
    storage::request_record row;
};

outcome call(running_gateway& weir, std::string_view request)
{
    auto client = weir.client();
    client.send(request);
    auto at = weir.provider.accept();
    outcome got;
    got.sent = read_request(at);
    at.send(ok("{}"));
    read_response(client);
    got.row = weir.row();
    return got;
}

/// The first column of the only row.
std::string ask(running_gateway const& weir, std::string_view sql)
{
    auto db = storage::connection::open(weir.database(), storage::connection::mode::read_only);
    BOOST_REQUIRE(db.has_value());
    auto const found = storage::first_value<std::string>(db->query(sql));
    BOOST_REQUIRE_MESSAGE(found.has_value(), db->message());
    return *found;
}

} // namespace

BOOST_AUTO_TEST_CASE(an_input_that_is_an_image_of_the_call_is_kept_as_its_tag)
{
    running_gateway weir;
    constexpr std::string_view body =
        R"({"model":"gpt-4o","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":)"
        R"("<helicone-prompt-input key=\"pic\">https://x/y.png</helicone-prompt-input>"}},{"type":"text","text":)"
        R"("<helicone-prompt-input key=\"who\">Ada</helicone-prompt-input>"}]}]})";

    auto const got = call(weir, post(chat, body, named));

    BOOST_TEST(got.sent.body.find(R"("url":"https://x/y.png")") != std::string::npos);
    BOOST_TEST(got.row.asset_count == 1);
    auto const inputs = ask(weir, "SELECT inputs FROM prompt_input");
    BOOST_TEST(inputs == R"({"pic":"<helicone-asset-id key=\")" + storage::asset_id(got.row.id, 0).text() +
                             R"(\"/>","who":"Ada"})");
    auto db = storage::connection::open(weir.database(), storage::connection::mode::read_only);
    BOOST_REQUIRE(db.has_value());
    auto const images_for = [&](storage::organization_id whose) {
        return storage::inputs_with_images(*db, whose, inputs).value();
    };
    BOOST_TEST(images_for(storage::default_organization) == R"({"pic":"https://x/y.png","who":"Ada"})");
    BOOST_TEST(images_for(storage::organization_id{9}) == R"({"pic":"","who":"Ada"})");
}

BOOST_AUTO_TEST_CASE(images_are_put_into_inputs_up_to_a_bound)
{
    running_gateway weir;
    std::string const image = "https://x/" + std::string(1024 * 1024, 'y');
    auto const got = call(weir, post(chat, R"({"messages":[{"content":[{"image_url":{"url":")" + image + R"("}}]}]})"));
    auto const tag = R"(<helicone-asset-id key=\")" + storage::asset_id(got.row.id, 0).text() + R"(\"/>)";
    std::string many;
    for (int i = 0; i < 1000; ++i) many += tag;
    auto db = storage::connection::open(weir.database(), storage::connection::mode::read_only);
    BOOST_REQUIRE(db.has_value());

    auto const filled =
        storage::inputs_with_images(*db, storage::default_organization, R"({"pic":")" + many + R"("})").value();

    BOOST_TEST(filled.size() > 15U * image.size());
    BOOST_TEST(filled.size() < 17U * image.size());
    BOOST_TEST(filled.ends_with(tag + R"("})"));
}

BOOST_AUTO_TEST_CASE(the_provider_sees_the_text_without_tags_and_the_record_has_version_and_inputs)
{
    running_gateway weir;

    auto const got = call(weir, post(chat, tagged, named));

    BOOST_TEST(got.sent.body == plain);
    BOOST_TEST(got.sent.field("Content-Length") == std::to_string(plain.size()));
    BOOST_TEST(got.sent.field("Helicone-Prompt-Id") == "");
    BOOST_TEST(weir.bodies_of(got.row).request == tagged); // as the client sent it
    BOOST_TEST(got.row.prompt_id == "greeting");
    BOOST_TEST(ask(weir, "SELECT user_defined_id FROM prompt") == "greeting");
    BOOST_TEST(
        ask(weir, "SELECT template FROM prompt_version") ==
        R"({"model":"gpt-4o","messages":[{"role":"user","content":"Greet <helicone-prompt-input key=\"who\" />"}]})");
    BOOST_TEST(ask(weir, "SELECT inputs FROM prompt_input") == R"({"who":"Ada"})");
    BOOST_TEST(ask(weir, "SELECT count(*) FROM request JOIN prompt_input ON source_row_id=request.id") == "1");
}

BOOST_AUTO_TEST_CASE(what_is_done_depends_on_the_mode)
{
    struct row {
        std::string_view fields;
        bool strips, keeps;
    };
    for (auto const& [fields, strips, keeps] : {
             row{named, true, true},
             row{"Helicone-Prompt-Id: greeting\r\nHelicone-Prompt-Mode: production\r\n", true, true},
             row{"Helicone-Prompt-Id: greeting\r\nHelicone-Prompt-Mode: testing\r\n", true, false},
             row{"Helicone-Prompt-Id: greeting\r\nHelicone-Prompt-Mode: deactivated\r\n", false, false},
             row{"Helicone-Prompt-Mode: production\r\n", false, false},
             row{"Helicone-Prompt-Id: \r\n", false, false},
             row{"", false, false},
             row{"Helicone-Prompt-Id: greeting\r\nHelicone-Omit-Request: true\r\n", true, false},
         }) {
        running_gateway weir;

        auto const got = call(weir, post(chat, tagged, fields));

        BOOST_TEST(got.sent.body == (strips ? plain : tagged), fields);
        BOOST_TEST(ask(weir, "SELECT count(*) FROM prompt") == (keeps ? "1" : "0"), fields);
        BOOST_TEST(ask(weir, "SELECT count(*) FROM prompt_input") == (keeps ? "1" : "0"), fields);
    }
}

BOOST_AUTO_TEST_CASE(another_mode_is_refused_before_anything_is_sent)
{
    running_gateway weir;

    auto const got =
        weir.refusal_of(post(chat, tagged, "Helicone-Prompt-Id: greeting\r\nHelicone-Prompt-Mode: staging\r\n"));

    BOOST_TEST(got.status() == 400U);
    BOOST_TEST(got.body.find("Helicone-Prompt-Mode must be production, testing or deactivated") != got.body.npos);
    BOOST_TEST(ask(weir, "SELECT count(*) FROM prompt") == "0");
}

BOOST_AUTO_TEST_CASE(tags_leave_a_stream_that_is_asked_for_its_usage_too)
{
    running_gateway weir;
    std::string const body = R"({"stream":true,)" + std::string(tagged.substr(1));

    auto const got = call(weir, post(chat, body, named));

    BOOST_TEST(got.sent.body ==
               R"({"stream_options":{"include_usage":true},"stream":true,)" + std::string(plain.substr(1)));
    BOOST_TEST(got.sent.field("Content-Length") == std::to_string(got.sent.body.size()));
}

BOOST_AUTO_TEST_CASE(tags_leave_the_requests_of_every_provider)
{
    running_gateway weir;

    auto const got = call(
        weir,
        post(
            "/anthropic/v1/messages",
            R"({"model":"claude-sonnet-4-5","max_tokens":5,"system":"Be brief.","messages":[{"role":"user",)"
            R"("content":[{"type":"text","text":"<helicone-prompt-input key=\"who\">Ada</helicone-prompt-input>"}]}]})",
            named));

    BOOST_TEST(got.sent.body ==
               R"({"model":"claude-sonnet-4-5","max_tokens":5,"system":"Be brief.","messages":[{"role":"user",)"
               R"("content":[{"type":"text","text":"Ada"}]}]})");
    BOOST_TEST(ask(weir, "SELECT template -> '$.messages' FROM prompt_version") ==
               R"(["<helicone-auto-prompt-input idx=0 />",{"role":"user","content":[{"type":"text",)"
               R"("text":"<helicone-prompt-input key=\"who\" />"}]}])");
    BOOST_TEST(ask(weir, "SELECT auto_inputs FROM prompt_input") == R"([{"role":"system","content":"Be brief."}])");
    BOOST_TEST(ask(weir, "SELECT metadata ->> 'provider' FROM prompt_version") == "ANTHROPIC");
}

BOOST_AUTO_TEST_CASE(inputs_may_stand_in_headers)
{
    running_gateway weir;

    call(weir, post(chat, tagged,
                    std::string(named) + "Helicone-Prompt-Input-lang: en\r\nHelicone-Prompt-Input-who: Bob\r\n"));

    BOOST_TEST(ask(weir, "SELECT inputs FROM prompt_input") == R"({"who":"Ada","lang":"en"})");
}

BOOST_AUTO_TEST_CASE(a_body_too_large_to_be_held_passes_with_its_tags_and_is_counted)
{
    running_gateway weir([](config::settings& s) { s.gateway.max_rewritten_body.bytes = 100; });

    auto const got = call(weir, post(chat, tagged, named));

    BOOST_TEST(got.sent.body == tagged);
    BOOST_TEST(weir.metric("weir_rewrites_skipped_total") == 1.0);
    BOOST_TEST(ask(weir, "SELECT count(*) FROM prompt_input") == "1"); // what it says is kept all the same
}

BOOST_AUTO_TEST_CASE(a_body_for_which_there_is_no_memory_passes_with_its_tags)
{
    running_gateway weir([](config::settings& s) { s.gateway.max_capture_memory.bytes = 300'000; });
    auto client = weir.client();
    auto const body =
        R"({"a":")" + std::string(400'000, 'x') + R"(","b":"<helicone-prompt-static>s</helicone-prompt-static>"})";

    client.send(post(chat, body, named));
    auto at = weir.provider.accept();
    auto const sent = read_request(at);
    at.send(ok("{}"));
    read_response(client);

    BOOST_TEST((sent.body == body));
    BOOST_TEST(weir.metric("weir_rewrites_skipped_total") == 1.0);
}

BOOST_AUTO_TEST_CASE(a_request_of_which_the_record_has_only_the_beginning_keeps_no_prompt_and_says_so)
{
    running_gateway weir([](config::settings& s) { s.gateway.max_logged_body.bytes = 50; });

    auto const got = call(weir, post(chat, tagged, named));

    BOOST_TEST(got.sent.body == plain);
    BOOST_TEST(got.row.warning == "the request is longer than gateway.max_logged_body: nothing of its prompt was kept");
    BOOST_TEST(ask(weir, "SELECT count(*) FROM prompt") == "0");
}

BOOST_AUTO_TEST_CASE(a_number_that_could_not_be_written_again_is_told_and_makes_no_prompt)
{
    running_gateway weir;
    std::string const body = R"({"model":"gpt-4o","temperature":1e999,"messages":[{"role":"user","content":"Greet"}]})";

    auto const got = call(weir, post(chat, body, named));

    BOOST_TEST(got.sent.body == body);
    BOOST_TEST(got.row.warning == "the request has a number that is too large to be written again: no prompt was kept");
    BOOST_TEST(ask(weir, "SELECT count(*) FROM prompt") == "0");
}

BOOST_AUTO_TEST_CASE(a_prompts_id_that_is_too_long_is_told_and_makes_no_prompt)
{
    running_gateway weir;

    auto const got = call(weir, post(chat, tagged, "Helicone-Prompt-Id: " + std::string(129, 'x') + "\r\n"));

    BOOST_TEST(got.sent.body == plain);
    BOOST_TEST(got.row.warning == "Helicone-Prompt-Id is longer than 128 characters: no prompt was kept");
    BOOST_TEST(ask(weir, "SELECT count(*) FROM prompt") == "0");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
