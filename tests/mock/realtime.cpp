#include "tests/mock/running_provider.hpp"

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/test/unit_test.hpp>

namespace weir::mock
{
namespace
{

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;

/// A client's session with the mock.
struct session {
    asio::io_context io;
    websocket::stream<asio::ip::tcp::socket> ws{io};
    boost::system::error_code error;

    websocket::response_type answer;

    explicit session(running_provider const& provider, std::string const& target = "/v1/realtime?model=gpt-realtime",
                     std::string const& protocols = "")
    {
        ws.next_layer().connect({asio::ip::address_v4::loopback(), provider.mock.port()});
        ws.set_option(websocket::stream_base::decorator([protocols](websocket::request_type& asked) {
            if (!protocols.empty()) asked.set("Sec-WebSocket-Protocol", protocols);
        }));
        ws.handshake(answer, "mock", target, error);
    }

    void send(std::string const& text) { ws.write(asio::buffer(text)); }

    boost::json::object next()
    {
        beast::flat_buffer buffer;
        ws.read(buffer, error);
        return error ? boost::json::object() : boost::json::parse(beast::buffers_to_string(buffer.data())).as_object();
    }

    /// The events up to one of that type; the last of it.
    boost::json::object until(std::string_view type, std::string* types = nullptr)
    {
        for (;;) {
            auto event = next();
            if (error) return {};
            if (types) types->append(event.at("type").as_string()).append(" ");
            if (event.at("type").as_string() == type) return event;
        }
    }
};

constexpr char const* say_hi =
    R"({"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"hi there"}]}})";

} // namespace

BOOST_FIXTURE_TEST_SUITE(mock_realtime, running_provider)

BOOST_AUTO_TEST_CASE(a_session_begins_with_its_model)
{
    session s(*this);

    auto const created = s.next();

    BOOST_TEST(created.at("type").as_string() == "session.created");
    BOOST_TEST(created.at("session").at("model").as_string() == "gpt-realtime");
}

BOOST_AUTO_TEST_CASE(a_response_comes_word_by_word_and_ends_with_its_usage)
{
    session s(*this);
    s.until("session.created");
    s.send(say_hi);
    s.send(R"({"type":"input_audio_buffer.append","audio":"AAAA"})");
    s.send(R"({"type":"response.create"})");
    std::string types;
    auto const done = s.until("response.done", &types);

    BOOST_TEST(types.find("response.created response.output_text.delta ") != std::string::npos);
    auto const& response = done.at("response");
    BOOST_TEST(response.at("output").at(0).at("content").at(0).at("text").as_string() ==
               "Hello from the mock provider. You said: hi there");
    auto const& usage = response.at("usage");
    BOOST_TEST(usage.at("input_tokens").to_number<int>() == 3); // two words and a piece of audio
    BOOST_TEST(usage.at("input_token_details").at("audio_tokens").to_number<int>() == 1);
    BOOST_TEST(usage.at("output_tokens").to_number<int>() == 9);
    BOOST_TEST(usage.at("total_tokens").to_number<int>() == 12);
}

BOOST_AUTO_TEST_CASE(a_session_can_be_updated_and_binary_messages_come_back)
{
    session s(*this);
    s.until("session.created");
    s.send(R"({"type":"session.update","session":{"voice":"marin"}})");
    BOOST_TEST(s.until("session.updated").at("session").at("voice").as_string() == "marin");
    s.send("no event");
    BOOST_TEST(s.next().at("type").as_string() == "error");

    s.ws.binary(true);
    s.send("\x01\x02");
    beast::flat_buffer buffer;
    s.ws.read(buffer);
    BOOST_TEST(s.ws.got_binary());
    BOOST_TEST(beast::buffers_to_string(buffer.data()) == "\x01\x02");
    s.ws.close(websocket::close_code::normal, s.error);
    BOOST_TEST(!s.error);
}

BOOST_AUTO_TEST_CASE(a_session_is_refused_or_cut_as_the_knobs_say)
{
    session const refused(*this, "/v1/realtime?mock-status=429");
    BOOST_TEST((refused.error == websocket::error::upgrade_declined));

    session cut(*this, "/v1/realtime?mock-cut=2");
    cut.until("session.created");
    cut.send(R"({"type":"response.create"})");
    std::string types;
    cut.until("response.done", &types);
    BOOST_TEST(types == "response.created response.output_text.delta response.output_text.delta ");
    BOOST_TEST(cut.error);
    BOOST_TEST((cut.error != websocket::error::closed));
}

BOOST_AUTO_TEST_CASE(a_subprotocol_is_agreed_on_and_the_request_recorded)
{
    session s(*this, "/v1/realtime", "realtime, openai-insecure-api-key.sk-x");

    BOOST_TEST(!s.error);
    BOOST_TEST(s.answer["Sec-WebSocket-Protocol"] == "realtime");
    BOOST_TEST(recorded_soon([](auto const& all) { return all.size() == 1; }));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::mock
