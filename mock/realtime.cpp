#include "mock/realtime.hpp"

#include "mock/prompt.hpp"
#include "net/nothrow.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace asio = boost::asio;
using weir::net::nothrow;
namespace beast = boost::beast;
namespace json = boost::json;
namespace websocket = beast::websocket;

namespace weir::mock
{
namespace
{

constexpr std::size_t most_message_bytes = 16 * 1024 * 1024;

/// The request as it came, for a library that wants to read it itself.
std::string text_of(request const& seen)
{
    std::string text = seen.method + " " + seen.target + " HTTP/1.1\r\n";
    for (auto const& [name, value] : seen.headers) text.append(name).append(": ").append(value).append("\r\n");
    return text + "\r\n";
}

/// All texts of a conversation's item.
std::string item_texts(json::object const& item)
{
    std::string text;
    auto const* content = item.if_contains("content");
    if (!content || !content->is_array()) return text;
    for (auto const& part : content->get_array())
        if (auto const* object = part.if_object())
            for (auto const name : {"text", "transcript"})
                if (auto const one = string_member(*object, name); !one.empty())
                    text.append(text.empty() ? "" : " ").append(one);
    return text;
}

json::object object_or_empty(json::object const& of, std::string_view name)
{
    auto const* found = of.if_contains(name);
    return found && found->is_object() ? found->get_object() : json::object();
}

class session
{
public:
    session(asio::ip::tcp::socket socket, request const& seen, knobs const& asked)
        : ws_(std::move(socket))
        , timer_(ws_.get_executor())
        , asked_(asked)
        , state_{{"type", "realtime"},
                 {"object", "realtime.session"},
                 {"id", stable_id("sess_", seen.target)},
                 {"model", seen.parameter("model").value_or("gpt-realtime")},
                 {"output_modalities", json::array{"text"}}}
    {
        if (seen.header("sec-websocket-protocol").find("realtime") != std::string_view::npos)
            ws_.set_option(websocket::stream_base::decorator([](websocket::response_type& answer) {
                answer.set(beast::http::field::sec_websocket_protocol, "realtime");
            }));
        ws_.read_message_max(most_message_bytes);
    }

    /// `begun`: the handshake's request and what came behind it.
    asio::awaitable<outcome> run(std::string begun)
    {
        auto const [refused] = co_await ws_.async_accept(asio::buffer(begun), nothrow);
        if (refused) co_return outcome::aborted;
        json::object created{{"session", state_}};
        bool good = co_await send("session.created", std::move(created));
        while (good) {
            beast::flat_buffer buffer;
            auto const [failed, n] = co_await ws_.async_read(buffer, nothrow);
            if (failed) co_return failed == websocket::error::closed ? outcome::ended : outcome::aborted;
            auto message = beast::buffers_to_string(buffer.data());
            if (ws_.got_text())
                good = co_await take(std::move(message));
            else
                good = co_await write(std::move(message), true);
        }
        co_return result_;
    }

private:
    asio::awaitable<bool> write(std::string message, bool is_binary)
    {
        ws_.binary(is_binary);
        auto const [failed, n] = co_await ws_.async_write(asio::buffer(message), nothrow);
        co_return !failed;
    }

    asio::awaitable<bool> send(std::string_view type, json::object members)
    {
        json::object event{{"type", type}, {"event_id", "event_" + std::to_string(++events_)}};
        for (auto& [name, value] : members) event[name] = std::move(value);
        auto text = json::serialize(event);
        co_return co_await write(std::move(text), false);
    }

    /// Answers one event of the client.
    asio::awaitable<bool> take(std::string message)
    {
        boost::system::error_code malformed;
        auto const parsed = json::parse(message, malformed);
        auto const event = !malformed && parsed.is_object() ? parsed.get_object() : json::object();
        std::string const type(string_member(event, "type"));
        json::object told;
        if (type == "response.create") {
            told = object_or_empty(event, "response");
            co_return co_await respond(std::move(told));
        }
        if (type == "session.update") {
            for (auto const& [name, value] : object_or_empty(event, "session")) state_[name] = value;
            told["session"] = state_;
            co_return co_await send("session.updated", std::move(told));
        }
        if (type == "conversation.item.create") {
            auto item = object_or_empty(event, "item");
            last_text_ = item_texts(item);
            words_ += count_words(last_text_);
            item["id"] = "item_" + std::to_string(++items_);
            told["item"] = std::move(item);
            co_return co_await send("conversation.item.created", std::move(told));
        }
        if (type == "input_audio_buffer.append") {
            ++audio_;
            co_return true;
        }
        if (type == "input_audio_buffer.commit")
            co_return co_await send("input_audio_buffer.committed", std::move(told));
        auto const why = "The mock provider knows no event of type \"" + type + "\".";
        told = error_body(vendor::openai, 400, why);
        co_return co_await send("error", std::move(told));
    }

    asio::awaitable<bool> respond(json::object wanted)
    {
        prompt said;
        said.last_user = last_text_;
        auto const text = text_for(said, asked_);
        json::object response{{"object", "realtime.response"},
                              {"id", "resp_" + std::to_string(++responses_)},
                              {"status", "in_progress"},
                              {"output", json::array{}},
                              {"usage", nullptr}};
        json::object told{{"response", response}};
        bool good = co_await send("response.created", std::move(told));
        for (std::uint64_t i = 0; good && i < text.chunks(); ++i) {
            good = co_await reach(i);
            json::object delta{{"response_id", response["id"]}, {"delta", text.chunk(i)}};
            if (good) good = co_await send("response.output_text.delta", std::move(delta));
        }
        if (good) good = co_await reach(text.chunks());
        if (!good) co_return false;

        json::object whole{{"response_id", response["id"]}, {"text", text.whole()}};
        good = co_await send("response.output_text.done", std::move(whole));
        auto const input = words_ + count_words(string_member(wanted, "instructions"));
        response["status"] = "completed";
        response["output"] = json::array{
            json::object{{"type", "message"},
                         {"role", "assistant"},
                         {"content", json::array{json::object{{"type", "output_text"}, {"text", text.whole()}}}}}};
        response["usage"] =
            json::object{{"total_tokens", input + audio_ + text.words()},
                         {"input_tokens", input + audio_},
                         {"output_tokens", text.words()},
                         {"input_token_details",
                          {{"text_tokens", input}, {"audio_tokens", audio_}, {"cached_tokens", asked_.cached_tokens}}},
                         {"output_token_details", {{"text_tokens", text.words()}, {"audio_tokens", 0}}}};
        words_ += text.words();
        json::object done{{"response", std::move(response)}};
        if (good) good = co_await send("response.done", std::move(done));
        co_return good;
    }

    /// What is asked to happen before the delta of that index; false when the session ends with it.
    asio::awaitable<bool> reach(std::uint64_t index)
    {
        auto const is_here = [index](std::optional<answer_point> const& point) {
            return point && point->counted == answer_point::unit::chunks && point->after == index;
        };
        boost::system::error_code ignored;
        if (is_here(asked_.cut)) {
            result_ = outcome::broken;
            auto& socket = ws_.next_layer();
            if (asked_.cut->reset) socket.set_option(asio::socket_base::linger(true, 0), ignored);
            socket.close(ignored);
            co_return false;
        }
        if (is_here(asked_.stall)) {
            beast::flat_buffer buffer;
            for (;;) { // until the peer leaves
                auto const [failed, n] = co_await ws_.async_read(buffer, nothrow);
                if (failed) co_return false;
                buffer.clear();
            }
        }
        if (index > 0 && asked_.interval.count() > 0) {
            timer_.expires_after(asked_.interval);
            co_await timer_.async_wait(nothrow);
        }
        co_return true;
    }

    websocket::stream<asio::ip::tcp::socket> ws_;
    asio::steady_timer timer_;
    knobs const& asked_;
    json::object state_; // of the session, as its events tell it
    std::string last_text_;
    std::uint64_t words_ = 0, audio_ = 0; // in the conversation so far
    std::uint64_t events_ = 0, items_ = 0, responses_ = 0;
    outcome result_ = outcome::aborted;
};

} // namespace

bool asks_for_realtime(request const& seen, knobs const& asked)
{
    bool const refused = asked.status >= 300 || asked.html || has_invalid_credential(seen);
    return !refused && seen.method == "GET" && seen.path().ends_with("/realtime") &&
           to_lower(seen.header("upgrade")) == "websocket";
}

asio::awaitable<outcome> serve_realtime(wire& on, request const& seen, knobs const& asked)
{
    auto begun = text_of(seen) + beast::buffers_to_string(on.buffer().data());
    session serving(on.take_socket(), seen, asked);
    co_return co_await serving.run(std::move(begun));
}

} // namespace weir::mock
