#include "tests/support/running_gateway.hpp"
#include "tests/support/tls_caller.hpp"
#include "tests/support/tls_server.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/ssl.h>

#include <future>

namespace weir::test
{
namespace
{

using namespace std::chrono_literals;

/// A gateway that speaks TLS as localhost, and clients that trust it.
struct over_tls {
    authority trusted;
    tls_identity identity{trusted, "localhost"};
    temp_folder files;
    std::string certificate = files.write("server.pem", identity.certificate_pem());
    std::string key = files.write("server.key", identity.key_pem());
    tls_manners manners{trusted};

    running_gateway::change settings(running_gateway::change const& more = {}) const
    {
        return [this, more](config::settings& s) {
            s.gateway.tls.certificate = certificate;
            s.gateway.tls.key = key;
            if (more) more(s);
        };
    }
};

std::string body_of(std::string const& response) { return response.substr(response.find("\r\n\r\n") + 4); }

/// A call whose stream has begun, with its first chunk at the client.
struct begun_stream {
    tls_caller client;
    connection at;

    begun_stream(running_gateway& weir, tls_manners const& manners, std::string_view head)
        : client(weir.client(), manners)
        , at(-1)
    {
        client.send(post("/anthropic/v1/messages", R"({"stream":true})"));
        at = weir.provider.accept();
        static_cast<void>(read_request(at));
        at.send(std::string(head) + chunk("data: 1\n\n"));
        static_cast<void>(client.read_until("data: 1\n\n"));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(relay_client_tls, over_tls)

BOOST_AUTO_TEST_CASE(calls_go_over_tls_as_they_do_without_one_after_the_other)
{
    running_gateway weir(settings());
    tls_caller client(weir.client(), manners);
    BOOST_REQUIRE(client.is_open());
    connection at(-1);

    for (int i = 0; i < 3; ++i) {
        client.send(post("/openai/v1/chat/completions", R"({"model":"gpt-4o"})"));
        if (i == 0) at = weir.provider.accept();
        BOOST_TEST(read_request(at).body == R"({"model":"gpt-4o"})");
        at.send(ok(R"({"model":"gpt-4o"})"));
        BOOST_TEST(client.read_until(R"({"model":"gpt-4o"})").starts_with("HTTP/1.1 200 OK\r\n"));
    }

    BOOST_TEST(client.protocol() == "http/1.1");
    BOOST_TEST(client.version() == "TLSv1.3");
    BOOST_TEST(weir.rows(3).front().status == 200);
}

BOOST_AUTO_TEST_CASE(large_bodies_arrive_unchanged_in_both_directions)
{
    running_gateway weir(settings());
    tls_caller client(weir.client(), manners);
    std::string up(3'000'000, '\0'), down(5'000'000, '\0');
    for (std::size_t i = 0; i < up.size(); ++i) up[i] = static_cast<char>(i * 131 + i / 256);
    for (std::size_t i = 0; i < down.size(); ++i) down[i] = static_cast<char>(i * 7 + i / 1000);

    auto uploading = std::async(std::launch::async, [&] { client.send(post("/openai/v1/files", up)); });
    auto at = weir.provider.accept();
    auto const request = read_request(at);
    uploading.get();
    auto downloading = std::async(std::launch::async, [&] { at.send(ok(down)); });
    static_cast<void>(client.read_until("\r\n\r\n"));
    auto const answer = client.read_exactly(down.size());
    downloading.get();

    BOOST_TEST((request.body == up));
    BOOST_TEST((answer == down));
}

BOOST_AUTO_TEST_CASE(tls_begins_with_version_1_2)
{
    running_gateway weir(settings());
    manners.least_version = manners.most_version = TLS1_1_VERSION;
    tls_caller const old(weir.client(), manners);
    manners.least_version = manners.most_version = TLS1_2_VERSION;
    tls_caller client(weir.client(), manners);

    BOOST_TEST(!old.is_open());
    BOOST_REQUIRE(client.is_open());
    client.send(get("/healthz"));
    BOOST_TEST(client.read_until("}").starts_with("HTTP/1.1 200"));
}

BOOST_AUTO_TEST_CASE(a_client_that_speaks_only_http2_is_refused_in_the_handshake)
{
    running_gateway weir(settings());
    manners.protocols = "h2";

    tls_caller const client(weir.client(), manners);

    BOOST_TEST(!client.is_open());
    eventually([&] { return weir.metric("weir_tls_handshakes_failed_total") == 1; });
}

BOOST_AUTO_TEST_CASE(a_second_connection_carries_the_session_of_the_first_on)
{
    running_gateway weir(settings());
    for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        BOOST_TEST_CONTEXT("version " << version)
        {
            tls_manners fresh(trusted);
            fresh.least_version = fresh.most_version = version;
            for (bool const second : {false, true}) {
                tls_caller client(weir.client(), fresh);
                client.send(get("/healthz", "Connection: close\r\n"));
                client.read_to_end();
                BOOST_TEST(client.was_resumed() == second);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_client_cannot_renegotiate)
{
    running_gateway weir(settings());
    manners.least_version = manners.most_version = TLS1_2_VERSION;
    tls_caller client(weir.client(), manners);
    BOOST_REQUIRE(client.is_open());

    BOOST_TEST(!client.renegotiate());
}

BOOST_AUTO_TEST_CASE(a_connection_ends_with_close_notify_behind_a_complete_response)
{
    running_gateway weir(settings([](auto& s) { s.gateway.keep_alive_timeout = 2s; }));
    for (std::string const fields : {"Connection: close\r\n", ""}) { // and one that has idled too long
        BOOST_TEST_CONTEXT("fields: " << fields)
        {
            tls_caller client(weir.client(), manners);
            client.send(get("/healthz", fields));
            BOOST_TEST(body_of(client.read_to_end()) == R"({"status":"ok"})");
            BOOST_TEST(client.ended_properly());
        }
    }
    tls_caller refused(weir.client(), manners);
    refused.send("GET /x HTTP/1.1\r\n\r\n"); // without Host
    BOOST_TEST(refused.read_to_end().starts_with("HTTP/1.1 400"));
    BOOST_TEST(refused.ended_properly());
}

BOOST_AUTO_TEST_CASE(a_cut_response_ends_without_close_notify)
{
    constexpr std::string_view until_close = "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
    for (auto const head : {events_head(), until_close}) {
        BOOST_TEST_CONTEXT(head)
        {
            running_gateway weir(settings());
            begun_stream call(weir, manners, head);

            call.at.close();
            auto const rest = call.client.read_to_end();

            BOOST_TEST(rest.find("0\r\n\r\n") == std::string::npos);
            BOOST_TEST(!call.client.ended_properly());
            BOOST_TEST(weir.row().stream_error != "");
        }
    }
}

BOOST_AUTO_TEST_CASE(when_weir_stops_idle_connections_are_ended_and_calls_cut)
{
    running_gateway weir(settings());
    tls_caller idle(weir.client(), manners);
    idle.send(get("/healthz"));
    static_cast<void>(idle.read_until("}"));
    auto const silent = weir.client(); // in the middle of its handshake
    begun_stream call(weir, manners, events_head());

    weir.stop(2s); // in which it has a turn to end the idle one, also on a busy machine

    BOOST_TEST(idle.read_to_end() == "");
    BOOST_TEST(idle.ended_properly());
    call.client.read_to_end();
    BOOST_TEST(!call.client.ended_properly());
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_away_ends_the_providers_call)
{
    running_gateway weir(settings());
    {
        begun_stream call(weir, manners, events_head());
        call.client.under().close();
        call.at.read_to_end();
    }

    BOOST_TEST(weir.row().status == storage::status::cancelled);
}

BOOST_AUTO_TEST_CASE(a_client_that_stops_reading_is_a_timeout)
{
    running_gateway weir(settings([](auto& s) { s.gateway.idle_timeout = 200ms; }));
    begun_stream call(weir, manners, events_head());

    auto const event = chunk(std::string(60'000, 'x'));
    try {
        for (int i = 0; i < 2000 && !call.at.has_ended(); ++i) call.at.send(event);
    } catch (std::runtime_error const&) { // weir closed it
    }

    BOOST_TEST(weir.row().status == storage::status::timeout);
    BOOST_TEST(weir.row().stream_error.find("idle_timeout") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_client_without_tls_is_told_so_and_closed)
{
    running_gateway weir(settings());

    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    auto const response = read_response(client);

    BOOST_TEST(response.status() == 400U);
    BOOST_TEST(response.field("x-weir-error") == "malformed_request");
    BOOST_TEST(response.body.find("https") != std::string::npos);
    BOOST_TEST(client.read_to_end() == "");
    BOOST_TEST(!weir.has_rows());
}

BOOST_AUTO_TEST_CASE(one_connection_too_many_is_closed_without_a_word)
{
    running_gateway weir(settings([](auto& s) { s.gateway.max_connections_per_client = 1; }));
    tls_caller const first(weir.client(), manners);

    tls_caller const second(weir.client(), manners);

    BOOST_TEST(first.is_open());
    BOOST_TEST(!second.is_open());
    BOOST_TEST(weir.metric("weir_connections_refused_total{limit=\"max_connections_per_client\"}") == 1);
    BOOST_TEST(weir.metric("weir_tls_handshakes_failed_total") == 0);
}

BOOST_AUTO_TEST_CASE(what_is_neither_tls_nor_http_is_closed)
{
    running_gateway weir(settings());

    auto client = weir.client();
    client.send(std::string("\x16\x03\x01\x00\x05junk!\xFF\x00", 12));
    static_cast<void>(client.read_to_end()); // an alert, perhaps

    eventually([&] { return weir.metric("weir_tls_handshakes_failed_total") == 1; });
}

BOOST_AUTO_TEST_CASE(a_handshake_has_the_time_of_a_head)
{
    running_gateway weir(settings([](auto& s) { s.gateway.header_timeout = 100ms; }));

    auto silent = weir.client();
    auto halted = weir.client();
    halted.send(std::string_view("\x16\x03\x01", 3));

    BOOST_TEST(silent.read_to_end() == "");
    BOOST_TEST(halted.read_to_end() == "");
    eventually([&] { return weir.metric("weir_tls_handshakes_failed_total") == 2; });
}

BOOST_AUTO_TEST_CASE(reloading_changes_the_certificate_of_new_connections_only)
{
    running_gateway weir(settings());
    tls_caller before(weir.client(), manners);
    tls_identity const next(trusted, "localhost");

    files.write("server.pem", next.certificate_pem());
    files.write("server.key", next.key_pem());
    BOOST_TEST(weir.reload_tls() == "");
    tls_caller after(weir.client(), manners);

    BOOST_TEST(before.serial() == identity.serial());
    BOOST_TEST(after.serial() == next.serial());
    for (auto* client : {&before, &after}) {
        client->send(get("/healthz"));
        BOOST_TEST(client->read_until("}").starts_with("HTTP/1.1 200"));
    }
}

BOOST_AUTO_TEST_CASE(reloading_bad_files_says_why_and_keeps_the_old_ones)
{
    running_gateway weir(settings());
    tls_identity const next(trusted, "localhost");

    files.write("server.pem", next.certificate_pem()); // whose key is not there yet
    auto const problem = weir.reload_tls();
    tls_caller const client(weir.client(), manners);

    BOOST_TEST(problem.find("gateway.tls.key: " + key + " is not the key") == 0U);
    BOOST_TEST(client.serial() == identity.serial());
}

BOOST_AUTO_TEST_CASE(reloading_while_clients_connect_loses_none)
{
    running_gateway weir(settings([](auto& s) { s.gateway.threads = 2; }));

    std::atomic<bool> done = false;
    auto reloading = std::async(std::launch::async, [&] {
        while (!done) BOOST_TEST(weir.reload_tls() == "");
    });
    int opened = 0;
    for (int i = 0; i < 50; ++i) opened += tls_caller(weir.client(), manners).is_open() ? 1 : 0;
    done = true;
    reloading.get();

    BOOST_TEST(opened == 50);
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_used_are_an_error_at_the_start_that_names_them)
{
    tls_identity const other(trusted, "localhost");
    auto const bad = files.write("bad.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    auto const other_key = files.write("other.key", other.key_pem());
    auto const locked_key = files.write("locked.key", identity.key_pem("secret"));
    struct {
        std::string certificate, key, problem;
    } const cases[] = {
        {files.file("absent"), key, "gateway.tls.certificate: " + files.file("absent") + " cannot be read"},
        {certificate, files.file("absent"), "gateway.tls.key: " + files.file("absent") + " cannot be read"},
        {files.file(""), key, "gateway.tls.certificate: " + files.file("") + " cannot be read"},
        {bad, key, "gateway.tls.certificate: " + bad + " has no certificate"},
        {key, key, "gateway.tls.certificate: " + key + " has no certificate"},
        {certificate, certificate, "gateway.tls.key: " + certificate + " has no private key"},
        {certificate, locked_key, "gateway.tls.key: " + locked_key + " has no private key"},
        {certificate, other_key, "gateway.tls.key: " + other_key + " is not the key of the certificate"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.problem)
        {
            auto const use = [&](config::settings& s) {
                s.gateway.tls.certificate = c.certificate;
                s.gateway.tls.key = c.key;
            };
            BOOST_CHECK_EXCEPTION(running_gateway{use}, std::runtime_error,
                                  [&](auto const& e) { return std::string(e.what()).starts_with(c.problem); });
        }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
