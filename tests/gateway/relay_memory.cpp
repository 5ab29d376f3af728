// What a call takes beside the copies of its bodies, however much passes through it: 64 KiB at most.
#include "tests/gateway/opened_websocket.hpp"
#include "tests/support/allocation.hpp"
#include "tests/support/tls_caller.hpp"
#include "tests/support/tls_server.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace weir::test
{
BOOST_AUTO_TEST_SUITE(relay_memory)

namespace
{

constexpr int calls_at_once = 16;
constexpr std::int64_t most_for_each = std::int64_t{64} * 1024;
std::string const much(200'000, 'x'); // fills every buffer on its way

/// What weir holds now beside the copies.
std::int64_t held_by(running_gateway const& weir)
{
    return held_bytes() - static_cast<std::int64_t>(weir.metric("weir_capture_memory_bytes"));
}

/// What weir holds for each of `count` that `open` opens and that stay open.
template <class Open>
std::int64_t grown_for_each(running_gateway const& weir, int count, Open open)
{
    auto const before = held_by(weir);
    std::vector<decltype(open())> all;
    for (int n = 0; n < count; ++n) all.push_back(open());
    auto const each = (held_by(weir) - before) / count;
    BOOST_TEST(each > 1'000); // else nothing was measured
    BOOST_TEST_MESSAGE("bytes for each: " << each);
    return each;
}

/// What weir holds for each of the calls that `open` opens and that stay open.
template <class Open>
std::int64_t held_for_each(running_gateway const& weir, Open open)
{
    leave_out_this_thread();
    open(); // what is made once
    static_cast<void>(weir.rows(1));
    return grown_for_each(weir, calls_at_once, open);
}

void keep_little(config::settings& settings) { settings.gateway.max_logged_body = {1000}; }

struct pair {
    connection client, provider;
};

std::string stream_request()
{
    return post("/openai/v1/chat/completions", R"({"model":"gpt-4o","stream":true,"messages":[]})");
}

std::string large_event() { return std::string(events_head()) + chunk("data: " + much + "\n\n"); }

/// A request whose head has so many bytes or a few less.
std::string with_long_head(std::size_t bytes)
{
    std::string fields;
    for (int n = 0; fields.size() + 1'500 < bytes; ++n)
        fields += "X-Long-" + std::to_string(n) + ": " + std::string(1'000, 'x') + "\r\n";
    return get("/openai/v1/files/f/content", fields);
}

struct tls_provider {
    authority trusted;
    tls_identity identity{trusted, "localhost"};
    temp_folder folder;
    listener at;

    void use(config::settings& settings)
    {
        keep_little(settings);
        settings.gateway.ca_file = folder.write("ca.pem", trusted.pem());
        settings.providers["openai"].base_url = "https://localhost:" + std::to_string(at.port());
    }

    tls_connection answer()
    {
        tls_connection provider(at.accept(), identity);
        BOOST_REQUIRE(provider.is_open());
        static_cast<void>(provider.read_head());
        provider.send(large_event());
        return provider;
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(a_stream_takes_64_KiB_at_most)
{
    running_gateway weir(keep_little);
    auto const stream = [&] {
        auto client = weir.client();
        client.send(stream_request());
        auto provider = weir.provider.accept();
        static_cast<void>(read_request(provider));
        provider.send(large_event());
        static_cast<void>(read_head(client));
        static_cast<void>(read_chunk(client));
        return pair{std::move(client), std::move(provider)};
    };
    BOOST_TEST(held_for_each(weir, stream) <= most_for_each);
}

BOOST_AUTO_TEST_CASE(an_upload_with_an_answer_under_way_takes_64_KiB_at_most)
{
    running_gateway weir(keep_little);
    auto const upload = [&] {
        auto client = weir.client();
        client.send("POST /openai/v1/files HTTP/1.1\r\nHost: w\r\nContent-Length: 9000000\r\n\r\n" + much);
        auto provider = weir.provider.accept();
        static_cast<void>(read_head(provider));
        static_cast<void>(provider.read_exactly(much.size()));
        provider.send("HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + much);
        static_cast<void>(read_head(client));
        static_cast<void>(client.read_exactly(much.size()));
        return pair{std::move(client), std::move(provider)};
    };
    BOOST_TEST(held_for_each(weir, upload) <= most_for_each);
}

BOOST_AUTO_TEST_CASE(a_call_with_a_long_head_takes_64_KiB_at_most_beside_it)
{
    running_gateway weir(keep_little);
    auto const request = with_long_head(std::size_t{60} * 1024);
    auto const download = [&] {
        auto client = weir.client();
        client.send(request);
        auto provider = weir.provider.accept();
        static_cast<void>(read_request(provider));
        provider.send("HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + much);
        static_cast<void>(read_head(client));
        static_cast<void>(client.read_exactly(much.size()));
        return pair{std::move(client), std::move(provider)};
    };
    BOOST_TEST(held_for_each(weir, download) <= most_for_each + static_cast<std::int64_t>(request.size()));
}

BOOST_AUTO_TEST_CASE(a_connection_with_half_a_head_takes_8_KiB_at_most)
{
    leave_out_this_thread();
    running_gateway weir;
    auto const half = "GET /openai/v1/models HTTP/1.1\r\nX-Half: " + std::string(500, 'x');
    auto const send_half = [&] {
        auto client = weir.client();
        client.send(get("/healthz") + half); // whose answer says that what came with it was read
        static_cast<void>(read_response(client));
        return client;
    };
    auto const first = send_half(); // what is made once
    BOOST_TEST(grown_for_each(weir, 400, send_half) <= 8 * 1024);
}

BOOST_AUTO_TEST_CASE(a_websocket_takes_64_KiB_at_most)
{
    running_gateway weir(keep_little);
    auto const session = [&] {
        opened s(weir);
        s.up(client_text(much));
        s.down(server_text(much));
        return s;
    };
    BOOST_TEST(held_for_each(weir, session) <= most_for_each);
}

BOOST_FIXTURE_TEST_CASE(a_stream_from_a_provider_under_TLS_takes_64_KiB_at_most, tls_provider)
{
    running_gateway weir([&](config::settings& settings) { use(settings); });
    struct secure {
        connection client;
        tls_connection provider;
    };
    auto const stream = [&] {
        auto client = weir.client();
        client.send(stream_request());
        auto provider = answer();
        static_cast<void>(read_head(client));
        static_cast<void>(client.read_exactly(much.size()));
        return secure{std::move(client), std::move(provider)};
    };
    BOOST_TEST(held_for_each(weir, stream) <= most_for_each);
}

BOOST_FIXTURE_TEST_CASE(a_stream_under_TLS_on_both_sides_takes_64_KiB_at_most, tls_provider)
{
    tls_manners const manners(trusted);
    running_gateway weir([&](config::settings& settings) {
        use(settings);
        settings.gateway.tls.certificate = folder.write("cert.pem", identity.certificate_pem());
        settings.gateway.tls.key = folder.write("key.pem", identity.key_pem());
    });
    struct secure {
        std::unique_ptr<tls_caller> client;
        tls_connection provider;
    };
    auto const stream = [&] {
        auto client = std::make_unique<tls_caller>(weir.client(), manners);
        BOOST_REQUIRE(client->is_open());
        client->send(stream_request());
        auto provider = answer();
        static_cast<void>(client->read_until("\r\n\r\n"));
        static_cast<void>(client->read_exactly(much.size()));
        return secure{std::move(client), std::move(provider)};
    };
    BOOST_TEST(held_for_each(weir, stream) <= most_for_each);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
