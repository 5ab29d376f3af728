#include "tests/support/running_gateway.hpp"
#include "tests/support/tls_caller.hpp"
#include "tests/support/tls_server.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/test/unit_test.hpp>

#include <openssl/ssl.h>

#include <atomic>
#include <cstdlib>
#include <future>
#include <memory>

namespace weir::test
{
BOOST_AUTO_TEST_SUITE(relay_tls)

namespace
{

std::string https(std::string const& host, std::uint16_t port)
{
    return "https://" + host + ":" + std::to_string(port);
}

/// A provider at https://localhost whose authority the gateway knows.
struct tls_provider {
    authority trusted;
    tls_identity identity{trusted, "localhost"};
    temp_folder folder;
    std::string ca_file = folder.write("ca.pem", trusted.pem());
    listener at;

    running_gateway::change settings()
    {
        return [this](config::settings& s) {
            s.gateway.ca_file = ca_file;
            s.providers["openai"].base_url = https("localhost", at.port());
        };
    }
    tls_connection accept() { return {at.accept(), identity}; }
};

/// Makes a file the system's trust store, as its environment can, for what starts meanwhile.
class system_store
{
public:
    explicit system_store(std::string const& file)
    {
        if (auto const* before = std::getenv(name)) before_ = before;
        ::setenv(name, file.c_str(), 1);
    }
    system_store(system_store const&) = delete;
    system_store& operator=(system_store const&) = delete;
    ~system_store()
    {
        if (before_)
            ::setenv(name, before_->c_str(), 1);
        else
            ::unsetenv(name);
    }

private:
    static constexpr char const* name = "SSL_CERT_FILE";
    std::optional<std::string> before_;
};

} // namespace

BOOST_AUTO_TEST_CASE(an_https_provider_is_reached_verified_by_name_with_the_operators_ca)
{
    tls_provider provider;
    running_gateway weir(provider.settings());

    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    auto at = provider.accept();
    BOOST_REQUIRE(at.is_open());
    auto const request = at.read_head();
    at.send(ok("{}"));

    BOOST_TEST(read_response(client).body == "{}");
    BOOST_TEST(at.server_name() == "localhost");
    BOOST_TEST(at.protocol() == "http/1.1");
    BOOST_TEST(request.find("Host: localhost:" + std::to_string(provider.at.port())) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_certificate_of_an_unknown_authority_is_502_and_the_request_is_not_sent)
{
    tls_provider provider;
    running_gateway weir([&](auto& s) {
        provider.settings()(s);
        s.gateway.ca_file.clear();
    });

    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    auto at = provider.accept();
    auto const response = read_response(client);

    BOOST_TEST(response.status() == 502U);
    BOOST_TEST(response.field("x-weir-error") == "upstream_unreachable");
    BOOST_TEST(response.body.find("certificate") != std::string::npos);
    BOOST_CHECK_THROW(at.read_head(), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_ca_of_the_systems_store_is_trusted_and_ca_file_adds_to_it)
{
    tls_provider system, own;
    system_store const store(system.ca_file);
    auto const is_trusted = [](running_gateway& weir, tls_provider& provider, std::string const& target) {
        auto client = weir.client();
        client.send(get(target));
        auto at = provider.accept();
        if (!at.is_open()) return false;
        static_cast<void>(at.read_head());
        at.send(ok("{}"));
        return read_response(client).status() == 200U;
    };
    for (bool const with_ca_file : {false, true}) {
        BOOST_TEST_CONTEXT("ca_file: " << with_ca_file)
        {
            running_gateway weir([&](auto& s) {
                s.providers["openai"].base_url = https("localhost", system.at.port());
                s.providers["anthropic"].base_url = https("localhost", own.at.port());
                if (with_ca_file) s.gateway.ca_file = own.ca_file;
            });

            BOOST_TEST(is_trusted(weir, system, "/openai/v1/models"));
            BOOST_TEST(is_trusted(weir, own, "/anthropic/v1/models") == with_ca_file);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_certificate_for_another_host_is_502)
{
    tls_provider provider;
    tls_identity const other(provider.trusted, "other.example");
    running_gateway weir(provider.settings());

    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    tls_connection at(provider.at.accept(), other);
    auto const response = read_response(client);

    BOOST_TEST(response.status() == 502U);
    BOOST_TEST(response.body.find("certificate") != std::string::npos);
    BOOST_TEST(response.body.find("ostname") != std::string::npos); // "Hostname mismatch"
}

BOOST_AUTO_TEST_CASE(an_address_is_verified_against_the_certificates_addresses)
{
    tls_provider provider;
    tls_identity const right(provider.trusted, "127.0.0.1");
    auto const settings = [&](auto& s) {
        provider.settings()(s);
        s.providers["openai"].base_url = https("127.0.0.1", provider.at.port());
    };
    {
        running_gateway weir(settings);
        auto client = weir.client();
        client.send(get("/openai/v1/models"));
        tls_connection at(provider.at.accept(), right);
        static_cast<void>(at.read_head());
        at.send(ok("{}"));
        BOOST_TEST(read_response(client).status() == 200U);
    }
    running_gateway weir(settings);
    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    auto at = provider.accept(); // for localhost
    BOOST_TEST(read_response(client).status() == 502U);
}

BOOST_AUTO_TEST_CASE(the_second_connection_resumes_the_session_of_the_first)
{
    tls_provider provider;
    running_gateway weir(provider.settings());
    auto client = weir.client();

    for (bool const second : {false, true}) {
        client.send(get("/openai/v1/models"));
        auto at = provider.accept();
        static_cast<void>(at.read_head());
        at.send(ok("{}", "Connection: close\r\n"));
        static_cast<void>(read_response(client));
        BOOST_TEST(at.was_resumed() == second);
        at.end();
    }
}

BOOST_AUTO_TEST_CASE(connections_under_tls_are_used_again)
{
    tls_provider provider;
    running_gateway weir(provider.settings());
    auto client = weir.client();

    client.send(get("/openai/v1/models"));
    auto at = provider.accept();
    for (int i = 0; i < 3; ++i) {
        if (i > 0) client.send(get("/openai/v1/models"));
        static_cast<void>(at.read_head());
        at.send(ok("{}"));
        BOOST_TEST(read_response(client).status() == 200U);
    }
    BOOST_TEST(!provider.at.is_called());
}

BOOST_AUTO_TEST_CASE(a_body_that_ends_without_close_notify_is_a_cut_and_with_it_an_end)
{
    for (bool const properly : {true, false}) {
        BOOST_TEST_CONTEXT("properly: " << properly)
        {
            tls_provider provider;
            running_gateway weir(provider.settings());
            auto client = weir.client();
            client.send(get("/openai/v1/models"));
            auto at = provider.accept();
            static_cast<void>(at.read_head());
            at.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\ntext");
            if (properly)
                at.end();
            else
                at.cut();
            auto const response = read_response(client);

            BOOST_TEST(response.body == "text");
            BOOST_TEST(response.complete == properly);
            BOOST_TEST(weir.row().stream_error.empty() == properly);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_provider_that_does_not_speak_tls_is_502)
{
    tls_provider provider;
    running_gateway weir(provider.settings());

    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    auto at = provider.at.accept();
    at.send("HTTP/1.1 400 Bad Request\r\n\r\n");

    BOOST_TEST(read_response(client).status() == 502U);
}

BOOST_AUTO_TEST_CASE(a_provider_that_speaks_only_tls_1_1_is_502)
{
    tls_provider provider;
    provider.identity.speak_only(TLS1_1_VERSION);
    tls_manners manners(provider.trusted);
    manners.least_version = manners.most_version = TLS1_1_VERSION;
    running_gateway weir(provider.settings());

    auto calling = std::async(std::launch::async,
                              [&] { return tls_caller(connection::to(provider.at.port()), manners).version(); });
    BOOST_TEST(provider.accept().is_open()); // there is nothing else the matter with it
    BOOST_TEST(calling.get() == "TLSv1.1");

    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    BOOST_TEST(!provider.accept().is_open());
    auto const response = read_response(client);
    BOOST_TEST(response.status() == 502U);
    BOOST_TEST(response.field("x-weir-error") == "upstream_unreachable");
    BOOST_TEST(response.body.find("protocol version") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_comes_unasked_behind_an_answer_is_nobodys_answer)
{
    auto const foreign = ok("foreign");
    auto const all_at_once = [&](tls_connection& at) { at.send(ok("first") + foreign); };
    auto const in_one_segment = [&](tls_connection& at) { at.send_together({ok("first"), foreign}); };
    auto const later = [&](tls_connection& at) { at.send(ok("first")); };
    std::tuple<char const*, std::function<void(tls_connection&)>, bool> const ways[] = {
        {"in the same record", all_at_once, false},
        {"in the next record, which is read with it", in_one_segment, false},
        {"later", later, true}};
    for (auto const& [way, answer, sends_later] : ways) {
        BOOST_TEST_CONTEXT(way)
        {
            tls_provider provider;
            running_gateway weir(provider.settings());
            auto client = weir.client();
            client.send(get("/openai/v1/models"));
            auto at = provider.accept();
            static_cast<void>(at.read_head());
            answer(at);
            BOOST_TEST(read_response(client).body == "first");
            if (sends_later) at.send(foreign);

            client.send(get("/openai/v1/models"));
            auto fresh = provider.accept();
            static_cast<void>(fresh.read_head());
            fresh.send(ok("second"));

            BOOST_TEST(read_response(client).body == "second");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_provider_that_never_finishes_the_handshake_is_502_after_connect_timeout)
{
    tls_provider provider;
    running_gateway weir([&](auto& s) {
        provider.settings()(s);
        s.gateway.connect_timeout = std::chrono::milliseconds(100);
    });

    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    auto at = provider.at.accept();
    auto const response = read_response(client);

    BOOST_TEST(response.status() == 502U);
    BOOST_TEST(response.body.find("connect_timeout") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_ca_file_that_cannot_be_read_is_an_error_at_the_start)
{
    BOOST_CHECK_THROW(running_gateway([](auto& s) { s.gateway.ca_file = "/nonexistent/ca.pem"; }), std::exception);
}

BOOST_AUTO_TEST_CASE(https_providers_are_reached_through_https_proxy_except_those_of_no_proxy)
{
    for (bool const direct : {false, true}) {
        BOOST_TEST_CONTEXT("NO_PROXY: " << direct)
        {
            tls_provider provider;
            listener proxy;
            std::map<std::string, std::string> environment{
                {"HTTPS_PROXY", "http://user:pa%3Ass@127.0.0.1:" + std::to_string(proxy.port())}};
            if (direct) environment["NO_PROXY"] = "example.com, localhost";
            running_gateway weir(provider.settings(), environment);

            auto client = weir.client();
            client.send(get("/openai/v1/models"));
            std::optional<connection> through;
            if (!direct) {
                through.emplace(proxy.accept());
                auto const asked = read_head(*through);
                auto const authority = "localhost:" + std::to_string(provider.at.port());
                BOOST_TEST(asked.first_line() == "CONNECT " + authority + " HTTP/1.1");
                BOOST_TEST(asked.field("Host") == authority);
                BOOST_TEST(asked.field("Proxy-Authorization") == "Basic dXNlcjpwYTpzcw==");
                through->send("HTTP/1.1 200 Connection established\r\n\r\n");
            }
            tls_connection at(direct ? provider.at.accept() : std::move(*through), provider.identity);
            auto const request = at.read_head();
            at.send(ok("{}"));

            BOOST_TEST(request.find("Proxy-Authorization") == std::string::npos);
            BOOST_TEST(read_response(client).body == "{}");
            BOOST_TEST(!(direct ? proxy : provider.at).is_called());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_target_that_only_its_name_allows_is_left_to_the_proxy_whatever_it_resolves_to_here)
{
    for (bool const direct : {false, true}) {
        BOOST_TEST_CONTEXT("NO_PROXY: " << direct)
        {
            tls_provider provider;
            tls_identity const internal(provider.trusted, "internal.example");
            listener proxy;
            std::map<std::string, std::string> environment{
                {"HTTPS_PROXY", "127.0.0.1:" + std::to_string(proxy.port())}};
            if (direct) environment["NO_PROXY"] = "internal.example";
            auto const look_ups = std::make_shared<std::atomic<int>>(0);
            running_gateway weir(
                [&](auto& s) {
                    provider.settings()(s);
                    s.gateway.allowed_targets = {"internal.example"};
                },
                environment,
                [look_ups](std::string const&, auto const& done) {
                    ++*look_ups;
                    done({}, {boost::asio::ip::make_address("10.0.0.1")});
                });

            auto client = weir.client();
            client.send(get("/v1/models", "Helicone-Target-Url: https://internal.example\r\n"));
            if (!direct) {
                auto through = proxy.accept();
                BOOST_TEST(read_head(through).first_line() == "CONNECT internal.example:443 HTTP/1.1");
                through.send("HTTP/1.1 200 Connection established\r\n\r\n");
                tls_connection at(std::move(through), internal);
                static_cast<void>(at.read_head());
                at.send(ok("{}"));
                BOOST_TEST(read_response(client).status() == 200U);
                BOOST_TEST(*look_ups == 0);
            } else {
                auto const response = read_response(client);
                BOOST_TEST(response.status() == 403U);
                BOOST_TEST(response.field("x-weir-error") == "target_not_allowed");
                BOOST_TEST(!proxy.is_called());
                BOOST_TEST(*look_ups == 1);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_proxy_that_refuses_is_502_with_its_status)
{
    tls_provider provider;
    listener proxy;
    running_gateway weir(provider.settings(), {{"HTTPS_PROXY", "127.0.0.1:" + std::to_string(proxy.port())}});

    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    auto at = proxy.accept();
    static_cast<void>(read_head(at));
    at.send("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    auto const response = read_response(client);

    BOOST_TEST(response.status() == 502U);
    BOOST_TEST(response.body.find("407") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(plain_http_providers_are_not_reached_through_the_proxy)
{
    listener proxy;
    running_gateway weir({}, {{"HTTPS_PROXY", "127.0.0.1:" + std::to_string(proxy.port())}});

    BOOST_TEST(weir.ask(get("/openai/v1/models"), ok("{}")).status() == 200U);
    BOOST_TEST(!proxy.is_called());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
