#include "tests/gateway/opened_websocket.hpp"
#include "tests/support/tls_caller.hpp"
#include "tests/support/tls_server.hpp"

namespace weir::test
{
namespace
{

/// A session that has begun over TLS on both sides.
struct opened_over_tls {
    authority trusted;
    tls_identity identity{trusted, "localhost"};
    tls_manners manners{trusted};
    temp_folder files;
    listener provider_at;
    running_gateway weir{[this](config::settings& s) {
        s.gateway.tls.certificate = files.write("server.pem", identity.certificate_pem());
        s.gateway.tls.key = files.write("server.key", identity.key_pem());
        s.gateway.ca_file = files.write("ca.pem", trusted.pem());
        s.providers["openai"].base_url = "https://localhost:" + std::to_string(provider_at.port());
    }};
    tls_caller client{weir.client(), manners};
    tls_connection provider{asked(), identity};

    opened_over_tls()
    {
        static_cast<void>(provider.read_head());
        provider.send(switching());
        static_cast<void>(client.read_until("\r\n\r\n"));
    }

private:
    connection asked()
    {
        client.send(upgrade(realtime));
        return provider_at.accept();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(relay_websocket_tls, opened_over_tls)

BOOST_AUTO_TEST_CASE(sessions_go_over_tls_on_both_sides)
{
    provider.send(server_text(created));
    BOOST_TEST(client.read_exactly(server_text(created).size()) == server_text(created));
    client.send(client_text(create) + client_close(1000));
    BOOST_TEST(provider.read_exactly(client_text(create).size() + 8) == client_text(create) + client_close(1000));
    provider.send(server_text(done) + server_close(1000));
    provider.end();
    BOOST_TEST(client.read_to_end() == server_text(done) + server_close(1000));
    BOOST_TEST(client.ended_properly());
    client.under().close();

    auto const row = weir.row();
    BOOST_TEST(row.status == 101);
    BOOST_TEST(row.stream_error == "");
    BOOST_TEST(row.used.total.value_or(0) == 150);
}

BOOST_AUTO_TEST_CASE(a_session_that_a_provider_breaks_off_does_not_end_properly)
{
    provider.cut();

    BOOST_TEST(client.read_to_end() == "");
    BOOST_TEST(!client.ended_properly());
}

BOOST_AUTO_TEST_CASE(a_provider_that_hangs_up_behind_its_close_frame_ends_the_client_properly)
{
    provider.send(server_close(1000));
    provider.cut();

    BOOST_TEST(client.read_to_end() == server_close(1000));
    BOOST_TEST(client.ended_properly());
    client.under().close();
    BOOST_TEST(weir.row().status == 101);
    BOOST_TEST(weir.row().stream_error == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
