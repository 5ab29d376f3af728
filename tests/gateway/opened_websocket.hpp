#pragma once

#include "gateway/websocket/handshake.hpp"
#include "tests/support/frames.hpp"
#include "tests/support/running_gateway.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace weir::test
{

inline constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";

inline std::string upgrade(std::string_view target, std::string_view fields = "")
{
    return get(target, "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
                           std::string(key) + "\r\n" + std::string(fields));
}

inline std::string switching(std::string_view fields = "")
{
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
           gateway::websocket::accept_of(key) + "\r\n" + std::string(fields) + "\r\n";
}

inline constexpr std::string_view realtime = "/openai/v1/realtime?model=gpt-realtime";
inline constexpr std::string_view created = R"({"type":"session.created","session":{"model":"gpt-realtime"}})";
inline constexpr std::string_view create = R"({"type":"response.create"})";
inline constexpr std::string_view done =
    R"({"type":"response.done","response":{"id":"r1","status":"completed","usage":{"input_tokens":100,"output_tokens":50,"total_tokens":150,"input_token_details":{"text_tokens":60,"audio_tokens":40,"cached_tokens":0},"output_token_details":{"text_tokens":20,"audio_tokens":30}}}})";

/// A session that both sides have agreed on, at its beginning.
struct opened {
    connection client, provider;
    message asked, answer;

    explicit opened(running_gateway& weir, std::string_view target = realtime, std::string_view fields = "")
        : client(weir.client())
        , provider(-1)
    {
        client.send(upgrade(target, fields));
        provider = weir.provider.accept();
        asked = read_head(provider);
        provider.send(switching());
        answer = read_head(client);
        BOOST_REQUIRE(answer.status() == 101U);
    }

    /// From one side, through weir, to the other.
    void up(std::string_view bytes)
    {
        client.send(bytes);
        BOOST_TEST(provider.read_exactly(bytes.size()) == bytes);
    }
    void down(std::string_view bytes)
    {
        provider.send(bytes);
        BOOST_TEST(client.read_exactly(bytes.size()) == bytes);
    }

    /// The provider closes, the client agrees, the provider ends the connection.
    void close_usually()
    {
        down(server_close(1000));
        up(client_close(1000));
        provider.close();
        BOOST_TEST(client.read_to_end() == "");
        client.close();
    }
};

} // namespace weir::test
