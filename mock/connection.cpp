#include "mock/connection.hpp"

#include "mock/body_writer.hpp"
#include "mock/parser.hpp"
#include "mock/realtime.hpp"
#include "mock/routes.hpp"
#include "mock/wire.hpp"

#include <boost/beast/http/error.hpp>

#include <optional>

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace weir::mock
{
namespace
{

class connection
{
public:
    connection(asio::ip::tcp::socket socket, journal& seen, knobs const& defaults)
        : wire_(std::move(socket))
        , journal_(seen)
        , defaults_(defaults)
        , number_(seen.connection_opened())
    {
    }

    ~connection() { journal_.connection_closed(); }

    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;

    asio::awaitable<void> run()
    {
        for (;;) { // not `while (co_await …)`, for which GCC 12 makes a trap instruction
            auto const goes_on = co_await serve_one();
            if (!goes_on) co_return;
        }
    }

private:
    /// Serves a request; true when another one may follow.
    asio::awaitable<bool> serve_one()
    {
        request_parser parser(journal_.records());
        if (!co_await read_until(parser, false)) co_return co_await refuse(parser);
        auto& seen = parser.get();
        seen.connection = number_;
        if (seen.path().starts_with("/_mock/")) co_return co_await serve_own(parser);

        auto const entry = journal_.enter(seen);
        std::string problem;
        auto asked = knobs_for(seen, defaults_, problem);
        if (asked.times && !journal_.is_among_first(asked.key, asked.times)) asked = defaults_;

        if (!asked.early_response) {
            auto const complete = co_await read_body(parser);
            journal_.set_body(entry, seen);
            if (!complete) {
                journal_.close(entry, true);
                co_return false;
            }
        }
        auto const result = co_await answer_one(parser, asked, problem);
        journal_.close(entry, result == outcome::aborted);
        if (asked.early_response && (result == outcome::sent || result == outcome::ended)) {
            co_await wire_.finish();
            co_return false;
        }
        if (result != outcome::sent) co_return false;
        if (asked.reused == reuse::allowed) co_return true;
        if (asked.reused == reuse::refused_at_next_request) co_await wire_.until_readable();
        co_return false;
    }

    asio::awaitable<outcome> answer_one(request_parser& parser, knobs asked, std::string problem)
    {
        auto const& seen = parser.get();
        if (asked.delay.count() > 0 && !co_await wire_.pause(asked.delay)) co_return outcome::aborted;
        if (asked.stall && asked.stall->counted == answer_point::unit::head) {
            co_await wire_.until_gone();
            co_return outcome::aborted;
        }
        if (asked.cut && asked.cut->counted == answer_point::unit::head) {
            wire_.close(asked.cut->reset);
            co_return outcome::broken;
        }
        if (asked.hundred) {
            std::string hints = "HTTP/1.1 103 Early Hints\r\nlink: </mock>; rel=preload\r\n\r\n";
            if (!co_await wire_.send(std::move(hints))) co_return outcome::aborted;
        }
        if (problem.empty() && asks_for_realtime(seen, asked)) co_return co_await serve_realtime(wire_, seen, asked);
        request_traits of;
        of.is_head = seen.method == "HEAD";
        of.keep_alive = parser.keep_alive();
        of.chunked_ok = seen.http_1_1;
        auto what = problem.empty() ? answer_for(seen, asked) : error_answer(vendor_of(seen), 400, problem);
        co_return co_await send_answer(wire_, std::move(what), std::move(asked), of);
    }

    /// `/_mock/requests` and `/_mock/stats`.
    asio::awaitable<bool> serve_own(request_parser& parser)
    {
        if (!co_await read_body(parser)) co_return false;
        auto const& seen = parser.get();
        answer what;
        if (seen.path() == "/_mock/requests" && seen.method == "GET") {
            what.body = journal_.requests_as_json();
        } else if (seen.path() == "/_mock/requests" && seen.method == "DELETE") {
            journal_.clear();
            what.status = 204;
        } else if (seen.path() == "/_mock/stats" && seen.method == "GET") {
            what.body = journal_.stats_as_json();
        } else {
            what = error_answer(vendor::openai, 404, "There are /_mock/requests and /_mock/stats.");
        }
        request_traits of;
        of.keep_alive = parser.keep_alive();
        knobs nothing_asked;
        co_return co_await send_answer(wire_, std::move(what), std::move(nothing_asked), of) == outcome::sent;
    }

    asio::awaitable<bool> read_body(request_parser& parser)
    {
        auto const expects = parser.get().header("expect");
        if (!parser.is_done() && !expects.empty() && to_lower(expects) == "100-continue") {
            std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
            if (!co_await wire_.send(std::move(go_on))) co_return false;
        }
        co_return co_await read_until(parser, true);
    }

    /// Reads until the head, or the whole request, is parsed; false when that cannot be.
    asio::awaitable<bool> read_until(request_parser& parser, bool whole)
    {
        auto& buffer = wire_.buffer();
        while (whole ? !parser.is_done() : !parser.is_header_done()) {
            boost::beast::error_code error = http::error::need_more;
            if (buffer.size() > 0) {
                auto const n = parser.put(buffer.data(), error);
                buffer.consume(n);
                if (!error) continue;
            }
            if (error != http::error::need_more) {
                malformed_ = true;
                co_return false;
            }
            if (!co_await wire_.receive()) co_return false;
        }
        co_return true;
    }

    /// The end of the connection: silent when the peer ended it, with 400 when what came is not HTTP.
    asio::awaitable<bool> refuse(request_parser& parser)
    {
        if (!malformed_) co_return false;
        auto what =
            error_answer(vendor_of(parser.get()), 400, "This is not an HTTP request that the mock understands.");
        knobs asked;
        asked.close = true;
        request_traits const of;
        co_await send_answer(wire_, std::move(what), std::move(asked), of);
        co_await wire_.finish();
        co_return false;
    }

    wire wire_;
    journal& journal_;
    knobs const& defaults_;
    std::uint64_t const number_;
    bool malformed_ = false;
};

} // namespace

asio::awaitable<void> serve_connection(asio::ip::tcp::socket socket, journal& seen, knobs& defaults)
{
    connection serving(std::move(socket), seen, defaults);
    co_await serving.run();
}

} // namespace weir::mock
