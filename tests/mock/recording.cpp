#include "running_provider.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace weir::mock
{

BOOST_FIXTURE_TEST_SUITE(recording, running_provider)

BOOST_AUTO_TEST_CASE(a_request_is_told_as_it_came)
{
    ask("POST /v1/embeddings?a=b HTTP/1.1\r\nHost: m\r\nX-Twice: 1\r\nx-twice: 2\r\ncontent-length: 3\r\n\r\nabc");

    BOOST_TEST_REQUIRE(
        recorded_soon([](auto const& all) { return all.size() == 1 && all[0].at("finished").as_bool(); }));
    auto const seen = recorded();
    auto const& one = seen[0];
    BOOST_TEST(one.at("method").as_string() == "POST");
    BOOST_TEST(one.at("target").as_string() == "/v1/embeddings?a=b");
    BOOST_TEST(one.at("headers").at(1).at(0).as_string() == "X-Twice");
    BOOST_TEST(one.at("headers").at(2).at(1).as_string() == "2");
    BOOST_TEST(one.at("body").as_string() == "abc");
    BOOST_TEST(one.at("sha256").as_string() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    BOOST_TEST(!one.at("aborted").as_bool());
}

BOOST_AUTO_TEST_CASE(of_a_long_body_the_start_is_kept_and_all_is_counted)
{
    std::string const body(3 * 1024 * 1024, 'x');

    ask(post("/v1/files", body));

    auto const seen = recorded();
    BOOST_TEST(seen[0].at("body").as_string().size() == 256u * 1024);
    BOOST_TEST(seen[0].at("body_bytes").as_int64() == 3 * 1024 * 1024);
}

BOOST_AUTO_TEST_CASE(a_long_upload_is_measured)
{
    auto const head = std::string("--B\r\ncontent-disposition: form-data; name=\"file\"; filename=\"f.bin\"\r\n\r\n");
    auto const tail =
        std::string("\r\n--B\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--B--\r\n");
    for (std::size_t const size : {10, 256 * 1024, 400000, 5000000}) {
        auto const body = head + std::string(size, 'x') + tail;
        auto const got = ask(post("/v1/files", body, "content-type: multipart/form-data; boundary=\"B\"\r\n")).json();
        BOOST_TEST(got.at("bytes").as_int64() == static_cast<std::int64_t>(size));
        BOOST_TEST(got.at("purpose").as_string() == "batch");
    }
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_away_is_told_as_aborted)
{
    for (std::string const knob : {"x-mock-stall: head\r\n", "x-mock-stall: 2\r\n", "x-mock-delay: 1m\r\n",
                                   "x-mock-interval: 1m\r\n", "x-mock-first-chunk-delay: 1m\r\n"})
        BOOST_TEST_CONTEXT(knob)
        {
            ask("DELETE /_mock/requests HTTP/1.1\r\nhost: m\r\n\r\n");
            auto one = connect();
            one.send(chat(knob, true));
            BOOST_TEST(recorded_soon([](auto const& seen) { return seen.size() == 1; }));
            BOOST_TEST(!recorded()[0].at("aborted").as_bool());

            one.close();

            BOOST_TEST(recorded_soon([](auto const& seen) { return seen[0].at("aborted").as_bool(); }));
        }
}

BOOST_AUTO_TEST_CASE(the_figures_count_connections)
{
    auto one = connect();
    one.ask(chat());
    one.ask(chat());

    auto const stats = ask("GET /_mock/stats HTTP/1.1\r\nhost: m\r\n\r\n").json();

    BOOST_TEST(stats.at("requests").as_int64() == 2);
    BOOST_TEST(stats.at("connections").as_int64() == 2);
    BOOST_TEST(stats.at("open").as_int64() == 2);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::mock
