// What a call takes of weir's memory while it is held in its middle, beside the copies for the record.
#include "tests/weir/scraped_server.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>

namespace weir
{
namespace
{

/// One call in its middle, from both sides.
struct held_call {
    test::connection client, provider;
};

struct crowd : scraped_server {
    static constexpr int calls = 400;
    static constexpr double most_per_call = 64 * 1024;

    using step = std::function<void(held_call&)>;

    crowd()
        : scraped_server({"--set", "gateway.max_logged_body=1KiB"})
    {
    }

    /// What weir holds beside the copies.
    static double memory(std::map<std::string, test::metric> const& now)
    {
        return now.at("process_resident_memory_bytes").value() - now.at("weir_capture_memory_bytes").value();
    }

    /// Sends `request` as each of the calls' clients and takes the call to its middle with `go_on`; what a call then
    /// takes. The first one is not counted: the process grows by what it makes but once.
    double bytes_per_call(std::string_view request, step const& go_on)
    {
        auto const port = server.port_of("gateway");
        std::vector<held_call> held;
        auto const hold_one = [&] {
            auto client = test::connection::to(port);
            client.send(request);
            held.push_back({std::move(client), provider.accept()});
            static_cast<void>(test::read_head(held.back().provider));
            go_on(held.back());
        };
        hold_one();
        auto const before = memory(scrape());
        for (int i = 0; i < calls; ++i) hold_one();

        auto const now = scrape();
        BOOST_TEST(now.at("weir_upstream_connections").value({{"provider", "openai"}, {"state", "active"}}) ==
                   calls + 1);
        return (memory(now) - before) / calls;
    }
};

/// What a test sends in pieces of this size: more than weir reads at once.
std::string const piece(32 * 1024, 'x');
constexpr int pieces = 32;

/// Lets the other side have read so much of the content of chunks.
void read_chunks(test::connection& from, std::size_t content)
{
    while (content > 0) content -= std::min(content, test::read_chunk(from).size());
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(memory_of_calls, crowd)

BOOST_AUTO_TEST_CASE(a_stream_whose_usage_is_hidden_takes_at_most_64_KiB)
{
    std::string const event = "data: {\"choices\":[{\"delta\":{\"content\":\"" + std::string(100, 'x') + "\"}}]}\n\n";
    std::string events;
    while (events.size() < piece.size()) events += event;
    auto const begun = events.substr(0, event.size() / 2); // of one that might be the one to hide

    auto const taken =
        bytes_per_call(test::post("/v1/chat/completions", R"({"model":"gpt-4o","stream":true})"), [&](held_call& call) {
            call.provider.send(test::events_head());
            static_cast<void>(test::read_head(call.client));
            for (int i = 0; i < pieces; ++i) {
                call.provider.send(test::chunk(events));
                read_chunks(call.client, events.size());
            }
            call.provider.send(test::chunk(event + begun));
            read_chunks(call.client, event.size());
        });

    BOOST_TEST(taken <= most_per_call);
}

BOOST_AUTO_TEST_CASE(an_upload_in_chunks_takes_at_most_64_KiB)
{
    auto const taken = bytes_per_call("POST /v1/files HTTP/1.1\r\nHost: w\r\nContent-Type: application/jsonl\r\n"
                                      "Transfer-Encoding: chunked\r\n\r\n",
                                      [](held_call& call) {
                                          for (int i = 0; i < pieces; ++i) {
                                              call.client.send(test::chunk(piece));
                                              read_chunks(call.provider, piece.size());
                                          }
                                      });

    BOOST_TEST(taken <= most_per_call);
}

BOOST_AUTO_TEST_CASE(an_answer_that_goes_on_in_another_framing_takes_at_most_64_KiB)
{
    auto const taken = bytes_per_call(test::get("/v1/files/f/content"), [](held_call& call) {
        call.provider.send("HTTP/1.1 200 OK\r\nContent-Type: application/jsonl\r\n\r\n");
        static_cast<void>(test::read_head(call.client));
        for (int i = 0; i < pieces; ++i) {
            call.provider.send(piece);
            read_chunks(call.client, piece.size());
        }
    });

    BOOST_TEST(taken <= most_per_call);
}

BOOST_AUTO_TEST_CASE(an_answer_to_an_old_client_takes_at_most_64_KiB)
{
    auto const taken = bytes_per_call("GET /v1/files/f/content HTTP/1.0\r\nHost: w\r\n\r\n", [](held_call& call) {
        call.provider.send("HTTP/1.1 200 OK\r\nContent-Type: application/jsonl\r\n"
                           "Transfer-Encoding: chunked\r\n\r\n");
        static_cast<void>(test::read_head(call.client));
        for (int i = 0; i < pieces; ++i) {
            call.provider.send(test::chunk(piece));
            static_cast<void>(call.client.read_exactly(piece.size()));
        }
    });

    BOOST_TEST(taken <= most_per_call);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir
