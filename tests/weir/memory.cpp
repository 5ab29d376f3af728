// What a call takes of weir's memory while it is held in its middle, beside the copies for the record.
#include "tests/support/tls_caller.hpp"
#include "tests/support/tls_server.hpp"
#include "tests/weir/scraped_server.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <list>

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

    explicit crowd(std::vector<std::string> arguments = {})
        : scraped_server(with_small_copies(std::move(arguments)))
    {
    }

    static std::vector<std::string> with_small_copies(std::vector<std::string> arguments)
    {
        arguments.insert(arguments.end(), {"--set", "gateway.max_logged_body=1KiB"});
        return arguments;
    }

    /// What weir holds beside the copies.
    static double memory(std::map<std::string, test::metric> const& now)
    {
        return now.at("process_resident_memory_bytes").value() - now.at("weir_capture_memory_bytes").value();
    }

    /// Sends `request` as each of the calls' clients and takes the call to its middle with `go_on`; what a call then
    /// takes.
    double bytes_per_call(std::string_view request, step const& go_on)
    {
        auto const port = server.port_of("gateway");
        std::vector<held_call> held;
        return bytes_each([&] {
            auto client = test::connection::to(port);
            client.send(request);
            held.push_back({std::move(client), provider.accept()});
            static_cast<void>(test::read_head(held.back().provider));
            go_on(held.back());
        });
    }

    /// What a call takes that `hold_one` makes and takes to its middle. The first one is not counted: the process grows
    /// by what it makes but once.
    double bytes_each(std::function<void()> const& hold_one)
    {
        hold_one();
        auto const before = memory(scrape());
        for (int i = 0; i < calls; ++i) hold_one();

        auto const now = scrape();
        BOOST_TEST(now.at("weir_upstream_connections").value({{"provider", "openai"}, {"state", "active"}}) ==
                   calls + 1);
        return (memory(now) - before) / calls;
    }
};

/// Certificates of a server called localhost, as files.
struct certificates {
    test::authority trusted;
    test::tls_identity identity{trusted, "localhost"};
    test::temp_folder files;
    std::string certificate = files.write("server.pem", identity.certificate_pem());
    std::string key = files.write("server.key", identity.key_pem());
};

/// One whose clients come over TLS.
struct crowd_over_tls : certificates, crowd {
    crowd_over_tls()
        : crowd({"--set", "gateway.tls.certificate=" + certificate, "--set", "gateway.tls.key=" + key})
    {
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

BOOST_FIXTURE_TEST_CASE(an_answer_to_a_client_over_tls_takes_at_most_64_KiB, crowd_over_tls)
{
    auto const port = server.port_of("gateway");
    test::tls_manners const manners(trusted);
    std::list<test::tls_caller> clients;
    std::vector<test::connection> providers;

    auto const taken = bytes_each([&] {
        auto& client = clients.emplace_back(test::connection::to(port), manners);
        client.send(test::get("/v1/files/f/content"));
        auto& at = providers.emplace_back(provider.accept());
        static_cast<void>(test::read_head(at));
        at.send("HTTP/1.1 200 OK\r\nContent-Type: application/jsonl\r\nContent-Length: 100000000\r\n\r\n");
        static_cast<void>(client.read_until("\r\n\r\n"));
        for (int i = 0; i < pieces; ++i) {
            at.send(piece);
            static_cast<void>(client.read_exactly(piece.size()));
        }
    });

    BOOST_TEST(taken <= most_per_call);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir
