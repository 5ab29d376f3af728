#pragma once

#include "mock/provider.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>

#include <sys/socket.h>
#include <sys/time.h>

namespace weir::mock
{

/// A response as a blocking client reads it.
struct response {
    std::string head;
    std::string body;      // without the chunks' framing
    std::string raw_body;  // as it came
    bool complete = false; // ended as its framing says
    boost::system::error_code error;

    unsigned status() const { return head.size() > 12 ? static_cast<unsigned>(std::atoi(head.c_str() + 9)) : 0; }

    bool has(std::string_view text) const { return body.find(text) != std::string::npos; }

    boost::json::value json() const { return boost::json::parse(body); }
};

/// A connection whose every read gives up after twenty seconds.
class client
{
public:
    explicit client(std::uint16_t port)
        : socket_(context_)
    {
        socket_.connect({boost::asio::ip::address_v4::loopback(), port});
        timeval const limit{20, 0};
        setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    }

    void send(std::string_view bytes) { boost::asio::write(socket_, boost::asio::buffer(bytes)); }

    /// The next response's head, then its body by its framing.
    response receive()
    {
        response r;
        r.head = through("\r\n\r\n", r);
        if (r.error) return r;
        if (r.head.starts_with("HTTP/1.1 1") || r.status() == 204 || r.status() == 304) {
            r.complete = true;
            return r;
        }
        auto const length = r.head.find("content-length: ");
        if (r.head.find("transfer-encoding: chunked") != std::string::npos)
            receive_chunks(r);
        else if (length == std::string::npos)
            receive_rest(r);
        else
            receive_exactly(static_cast<std::size_t>(std::atoll(r.head.c_str() + length + 16)), r);
        return r;
    }

    response ask(std::string_view request)
    {
        send(request);
        return receive();
    }

    void close() { socket_.close(); }

private:
    /// Reads what there is; a response that does not come within the time limit is an error, like its end.
    void receive_some(response& r)
    {
        char some[16 * 1024];
        auto const n = ::recv(socket_.native_handle(), some, sizeof some, 0);
        if (n > 0)
            buffer_.append(some, static_cast<std::size_t>(n));
        else
            r.error = boost::asio::error::eof;
    }

    std::string through(std::string_view end, response& r)
    {
        auto at = buffer_.find(end);
        while (at == std::string::npos && !r.error) {
            receive_some(r);
            at = buffer_.find(end);
        }
        return at == std::string::npos ? std::string() : take(at + end.size(), r);
    }

    std::string take(std::size_t n, response& r)
    {
        while (buffer_.size() < n && !r.error) receive_some(r);
        auto const text = buffer_.substr(0, n);
        buffer_.erase(0, n);
        return text;
    }

    void receive_exactly(std::size_t n, response& r)
    {
        r.raw_body = r.body = take(n, r);
        r.complete = !r.error;
    }

    void receive_rest(response& r)
    {
        while (!r.error) r.body += take(buffer_.empty() ? 1 : buffer_.size(), r);
        r.raw_body = r.body;
    }

    void receive_chunks(response& r)
    {
        while (!r.error) {
            auto const line = through("\r\n", r);
            if (r.error) return;
            auto const size = std::strtoull(line.c_str(), nullptr, 16);
            auto const chunk = take(size + 2, r);
            r.raw_body += line + chunk;
            r.body += chunk.substr(0, size);
            if (size == 0) {
                r.complete = !r.error;
                return;
            }
        }
    }

    boost::asio::io_context context_;
    boost::asio::ip::tcp::socket socket_;
    std::string buffer_;
};

/// A provider that runs for the length of a test.
struct running_provider {
    provider mock{on_any_port()};
    std::jthread thread{[this] { mock.run(); }};

    ~running_provider() { mock.stop(); }

    static options on_any_port()
    {
        options with;
        with.port = 0;
        return with;
    }

    client connect() const { return client(mock.port()); }

    /// One request on a connection of its own.
    response ask(std::string_view request) const
    {
        auto one = connect();
        return one.ask(request);
    }

    boost::json::array recorded() const
    {
        return ask("GET /_mock/requests HTTP/1.1\r\nhost: m\r\n\r\n").json().as_array();
    }

    /// Asks for the recorded requests until they are as wanted or twenty seconds are over.
    bool recorded_soon(std::function<bool(boost::json::array const&)> const& wanted) const
    {
        auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (std::chrono::steady_clock::now() < deadline) {
            if (wanted(recorded())) return true;
            std::this_thread::yield();
        }
        return false;
    }
};

/// A POST with a JSON body; `headers` are whole lines with their line ends.
inline std::string post(std::string_view target, std::string_view body, std::string_view headers = "")
{
    return "POST " + std::string(target) + " HTTP/1.1\r\nhost: mock\r\n" + std::string(headers) +
           "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

/// A chat call whose user says `text`.
inline std::string chat(std::string_view headers = "", bool stream = false, std::string_view text = "hi there")
{
    return post("/v1/chat/completions",
                R"({"model":"gpt-4o","messages":[{"role":"user","content":")" + std::string(text) + R"("}],"stream":)" +
                    (stream ? "true}" : "false}"),
                headers);
}

} // namespace weir::mock
