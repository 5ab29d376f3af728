// What becomes of bodies on their way into the record: coded, cut, omitted, or none of JSON.
#include "gateway/decoded_body.hpp"

#include "tests/gateway/record_making.hpp"
#include "tests/support/encode.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::gateway
{

using namespace test;

BOOST_FIXTURE_TEST_SUITE(record_bodies, making)

BOOST_AUTO_TEST_CASE(omitted_bodies_leave_only_the_model_and_all_that_was_read_from_them)
{
    auto& c = begin();
    c.head.fields = {{"Helicone-Omit-Request", "true"}, {"Helicone-Omit-Response", "true"}};
    c.request.add(asked, 1);
    c.response.add(answer("PRIVATE"), 2);
    auto const got = make();

    BOOST_TEST(got.bodies.request == R"({"model":"gpt-4o"})");
    BOOST_TEST(got.bodies.response == R"({"model":"gpt-4o-2024-08-06"})");
    BOOST_TEST(got.bodies.raw_stream == "");
    BOOST_TEST(got.row.used.total.value_or(0) == 1500);
    BOOST_TEST(got.row.response_bytes == static_cast<std::int64_t>(answer("PRIVATE").size()));
}

BOOST_AUTO_TEST_CASE(a_coded_response_is_read_and_kept_as_text)
{
    for (std::string_view const coding : {"gzip", "deflate", "br", "zstd"}) {
        BOOST_TEST_CONTEXT(coding)
        {
            auto const bytes = coding == "br" ? brotli(answer())
                               : coding == "zstd"
                                   ? zstd(answer())
                                   : deflated(answer(), coding == "gzip" ? wrapping::gzip : wrapping::zlib);
            auto& c = begin("application/json", coding);
            c.request.add(asked, 1);
            for (std::size_t i = 0; i < bytes.size(); i += 50) c.response.add(std::string_view(bytes).substr(i, 50), 2);
            auto const got = make();

            BOOST_TEST(got.bodies.response == answer());
            BOOST_TEST(got.row.used.total.value_or(0) == 1500);
            BOOST_TEST(got.row.response_bytes == static_cast<std::int64_t>(bytes.size()));
            BOOST_TEST(!got.row.response_truncated);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_coded_response_stays_as_it_came_until_its_record_is_made)
{
    // To capture it is the network thread's work, to make the record the recorder's: none is decoded on the former.
    auto const text = answer(std::string(500'000, 'x'));
    auto const bytes = deflated(text, wrapping::gzip);
    auto& c = begin("application/json", "gzip");
    c.request.add(asked, 1);
    for (std::size_t i = 0; i < bytes.size(); i += 50) c.response.add(std::string_view(bytes).substr(i, 50), 2);

    BOOST_TEST((c.response.text() == bytes));
    BOOST_TEST(c.bytes() < text.size() / 10);
    BOOST_TEST((make().bodies.response == text));
}

BOOST_AUTO_TEST_CASE(a_coded_body_that_decodes_beyond_the_limit_is_cut_and_its_end_read_all_the_same)
{
    limit = 1000;
    auto const text = answer(std::string(500'000, 'x'));
    auto& c = begin("application/json", "gzip");
    c.request.add(asked, 1);
    c.response.add(deflated(text, wrapping::gzip), 2);
    auto const got = make();

    BOOST_TEST(got.row.response_truncated);
    BOOST_TEST((got.bodies.response == text.substr(0, 1000)));
    BOOST_TEST(got.row.used.total.value_or(0) == 1500);
}

BOOST_AUTO_TEST_CASE(a_coding_that_cannot_be_undone_leaves_a_flag_and_the_size)
{
    for (std::string_view const coding : {"compress", "gzip"}) {
        auto& c = begin("application/json", coding);
        c.request.add(asked, 1);
        c.response.add("not what it says", 2);
        auto const got = make();

        BOOST_TEST_CONTEXT(coding)
        {
            BOOST_TEST(got.row.response_truncated);
            BOOST_TEST(got.row.response_bytes == 16);
            BOOST_TEST(!got.row.used.total.has_value());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_body_that_was_cut_says_so_and_its_usage_is_found_in_its_end)
{
    limit = 500;
    auto const text = answer(std::string(100'000, 'x'));
    auto& c = begin();
    c.request.add(asked, 1);
    for (std::size_t i = 0; i < text.size(); i += 1000) c.response.add(std::string_view(text).substr(i, 1000), 2);
    auto const got = make();

    BOOST_TEST(got.row.response_truncated);
    BOOST_TEST(!got.row.request_truncated);
    BOOST_TEST((got.bodies.response == text.substr(0, 500)));
    BOOST_TEST(got.row.response_bytes == static_cast<std::int64_t>(text.size()));
    BOOST_TEST(got.row.used.total.value_or(0) == 1500);
}

BOOST_AUTO_TEST_CASE(a_body_a_little_longer_than_the_limit_is_cut_without_a_gap)
{
    limit = 100;
    auto& c = begin();
    c.request.add(asked, 1);
    c.response.add(answer(), 2);
    auto const got = make();

    BOOST_TEST(got.row.response_truncated);
    BOOST_TEST(got.bodies.response == answer().substr(0, 100));
    BOOST_TEST(got.row.used.total.value_or(0) == 1500);
}

BOOST_AUTO_TEST_CASE(the_first_token_of_a_coded_stream_is_found_too)
{
    std::string const role =
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
    std::string const text = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n";
    auto const pieces = deflated_in_flushes({role, text, "data: [DONE]\n\n"}, wrapping::gzip);
    auto& c = begin("text/event-stream", "gzip");
    c.request.add(R"({"model":"gpt-4o","stream":true})", 1);
    for (std::size_t i = 0; i < pieces.size(); ++i) c.response.add(pieces[i], static_cast<std::int64_t>(i + 1) * 1000);
    auto const got = make();

    BOOST_TEST(got.row.time_to_first_byte_us.value_or(0) == 1000);
    BOOST_TEST(got.row.time_to_first_token_us.value_or(0) == 2000);
}

BOOST_AUTO_TEST_CASE(raw_streams_are_kept_when_asked_for)
{
    raw_streams = true;
    std::string const stream = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: [DONE]\n\n";
    auto& c = begin("text/event-stream");
    c.request.add(R"({"stream":true})", 1);
    c.response.add(stream, 2);
    auto const got = make();

    BOOST_TEST(got.bodies.raw_stream == stream);
    BOOST_TEST(got.bodies.response != stream);
}

BOOST_AUTO_TEST_CASE(binary_bodies_are_described)
{
    auto& c = begin("audio/mpeg");
    c.sent_to.target = "/v1/audio/speech";
    c.request.add(R"({"model":"tts-1","input":"hello"})", 1);
    c.response.add("ID3...", 2);
    auto const got = make();

    BOOST_TEST(got.bodies.response.starts_with(R"({"content_type":"audio/mpeg","size":6,"sha256":")"));
    BOOST_TEST(got.row.response_bytes == 6);
    BOOST_TEST(!got.row.response_truncated);
}

BOOST_AUTO_TEST_CASE(without_memory_there_is_no_body_and_the_row_says_why)
{
    capture_budget none(0);
    begin();
    call = std::make_unique<exchange>(*maker, none);
    call->sent_to.provider = "openai";
    call->sent_to.target = "/v1/chat/completions";
    call->head.method = "POST";
    call->upstream_status = call->row.status = 200;
    call->request.begin("application/json", "", limit);
    call->response.begin("application/json", "", limit);
    call->request.add(asked, 1);
    call->response.add(answer(), 2);
    auto const got = make();

    BOOST_TEST(got.row.body_missing == "memory");
    BOOST_TEST(!got.row.has_body);
    BOOST_TEST(got.row.used.total.value_or(0) == 1500);
    BOOST_TEST(says(R"(weir_bodies_dropped_total{reason="memory"} 1)"));
}

BOOST_AUTO_TEST_CASE(bodies_that_are_no_json_are_kept_as_they_are)
{
    for (std::string_view const text : {"<html>bad gateway</html>", "{broken", "", "\xff\xfe"}) {
        auto& c = begin();
        c.request.add("{broken", 1);
        c.response.add(text, 2);
        auto const got = make();

        BOOST_TEST(got.bodies.request == "{broken");
        BOOST_TEST(got.bodies.response == text);
        BOOST_TEST(got.row.model == "");
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway
