#include "tests/support/running_gateway.hpp"
#include "tests/support/tls_server.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::test
{

namespace
{

constexpr std::string_view answer =
    R"({"model":"gpt-4o","usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})";

struct own_calls_fixture {
    authority trusted;
    tls_identity identity{trusted, "localhost"};
    temp_folder files;

    /// As strict towards clients as can be: TLS, keys, one connection each.
    running_gateway::change strict(bool with_own_key = false) const
    {
        return [this, with_own_key](config::settings& s) {
            s.gateway.tls.certificate = files.write("server.pem", identity.certificate_pem());
            s.gateway.tls.key = files.write("server.key", identity.key_pem());
            s.gateway.max_connections_per_client = 1;
            s.auth.required = true;
            if (with_own_key) s.providers["openai"].api_key_env = "OPENAI";
        };
    }
};

message ask(running_gateway& weir, int socket, std::string_view request)
{
    connection client(socket);
    client.send(request);
    auto provider = weir.provider.accept();
    auto const asked = read_request(provider);
    provider.send(ok(answer));
    BOOST_TEST(read_response(client).status() == 200);
    return asked;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(own_calls, own_calls_fixture)

BOOST_AUTO_TEST_CASE(weir_s_own_connection_needs_neither_tls_nor_key_and_its_calls_are_an_organisation_s)
{
    running_gateway weir(strict());
    constexpr storage::organization_id whose{7};

    std::vector<int> sockets;
    for (int i = 0; i < 3; ++i) sockets.push_back(weir.gateway().connect(whose, {}));
    for (auto const socket : sockets) ask(weir, socket, post("/openai/v1/chat/completions", R"({"model":"gpt-4o"})"));

    auto const rows = weir.rows(3, whose);
    BOOST_TEST(rows.front().used.total.value_or(0) == 3);
    BOOST_TEST(!rows.front().api_key_id.has_value());
}

BOOST_AUTO_TEST_CASE(its_calls_go_with_the_key_that_is_given_or_weir_s_own)
{
    running_gateway weir(strict(true), {{"OPENAI", "sk-own"}});
    auto const request = post("/openai/v1/chat/completions", R"({"model":"gpt-4o"})");
    storage::lent_key const lent{"openai", "sk-lent"};

    auto const with_lent = ask(weir, weir.gateway().connect(storage::default_organization, lent), request);
    auto const with_own = ask(weir, weir.gateway().connect(storage::default_organization, {}), request);

    BOOST_TEST(with_lent.field("authorization") == "Bearer sk-lent");
    BOOST_TEST(with_own.field("authorization") == "Bearer sk-own");
}

BOOST_AUTO_TEST_CASE(a_key_goes_to_no_other_provider)
{
    running_gateway weir(strict());
    storage::lent_key const lent{"mistral", "sk-lent"};
    connection client(weir.gateway().connect(storage::default_organization, lent));

    client.send(post("/openai/v1/chat/completions", "{}"));

    BOOST_TEST(read_response(client).status() / 100 == 4U);
    BOOST_TEST(!weir.provider.is_called());
}

BOOST_AUTO_TEST_CASE(its_end_ends_the_call)
{
    running_gateway weir(strict());
    connection client(weir.gateway().connect(storage::default_organization, {}));
    client.send(post("/openai/v1/chat/completions", "{}"));
    auto provider = weir.provider.accept();
    read_request(provider);

    client.close();

    BOOST_TEST(provider.read_to_end() == "");
    BOOST_TEST(weir.row().status == storage::status::cancelled);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
