#include "mock/body_writer.hpp"

#include "mock/pieces.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>

namespace asio = boost::asio;

namespace weir::mock
{
namespace
{

/// What of the body is shown in the head, and how it ends.
struct plan {
    bool has_body = true;
    bool chunked = false;
    bool closes = false;
    std::optional<std::uint64_t> content_length;
};

plan plan_for(answer const& what, knobs const& asked, request_traits of)
{
    plan result;
    result.closes = asked.close || !of.keep_alive || asked.framed == framing::close;
    if (what.status == 204 || what.status == 304 || what.status < 200) {
        result.has_body = false;
        return result;
    }
    auto framed = asked.framed;
    if (framed == framing::natural) framed = what.stream ? framing::chunked : framing::length;
    if (framed == framing::chunked && !of.chunked_ok) framed = framing::close;
    result.chunked = framed == framing::chunked || framed == framing::both;
    if (framed == framing::close) result.closes = true;
    if (framed == framing::length || framed == framing::both)
        result.content_length = length_of(what, asked) + static_cast<std::uint64_t>(asked.length_delta);
    result.has_body = !of.is_head;
    return result;
}

std::string head_of(answer const& what, knobs const& asked, plan const& planned)
{
    std::string head;
    head.reserve(512);
    auto const add = [&head](std::string_view name, std::string_view value) {
        head.append(name).append(": ").append(value).append("\r\n");
    };
    head.append("HTTP/1.1 ").append(std::to_string(what.status)).append(" ");
    head.append(reason_phrase(what.status)).append("\r\n");
    if (what.status != 204 && what.status != 304) add("content-type", what.content_type);
    for (auto const& [name, value] : what.headers) add(name, value);
    if (auto const name = content_encoding(asked.encoded); !name.empty()) add("content-encoding", name);
    if (!asked.retry_after.empty()) add("retry-after", asked.retry_after);
    for (auto const& [name, value] : asked.response_headers) add(name, value);
    if (planned.content_length) add("content-length", std::to_string(*planned.content_length));
    if (planned.chunked) add("transfer-encoding", "chunked");
    if (planned.closes) add("connection", "close");
    return head.append("\r\n");
}

void add_chunk(std::string_view bytes, std::string& to)
{
    std::array<char, 16> digits;
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16).ptr;
    to.append(digits.data(), end).append("\r\n").append(bytes).append("\r\n");
}

/// Where to end a piece so that it ends within a character: after the first byte of the next one that has several.
std::size_t within_character(std::string_view bytes)
{
    for (std::size_t i = 0; i + 1 < bytes.size(); ++i)
        if (static_cast<unsigned char>(bytes[i]) >= 0xC0) return i + 1;
    return bytes.size();
}

/// A comment of server-sent events that says when it was made, for whoever measures the way from here.
std::string stamp()
{
    auto const now = std::chrono::steady_clock::now().time_since_epoch();
    return ": sent " + std::to_string(std::chrono::nanoseconds(now).count()) + "\n";
}

/// Sends the body's pieces and watches for the places where the knobs want something to happen.
class body_sender
{
public:
    body_sender(wire& to, answer const& what, knobs const& asked, bool chunked)
        : to_(to)
        , what_(what)
        , asked_(asked)
        , chunked_(chunked)
    {
        if (asked.cut) cut_ = in_this_body(*asked.cut);
        if (asked.stall) stall_ = in_this_body(*asked.stall);
    }

    asio::awaitable<outcome> run()
    {
        pieces all(what_, asked_);
        for (;;) {
            auto piece = all.next();
            auto const is_content = piece && piece->is_content;
            if (reached(stall_)) co_return co_await stall();
            if (reached(cut_)) {
                std::string next_bytes; // named: GCC 12 destroys a conditional's value twice in a co_await
                if (piece) next_bytes = std::move(piece->bytes);
                co_return co_await cut(std::move(next_bytes));
            }
            if (!piece) break;
            if (is_content && contents_ > 0 && asked_.interval.count() > 0)
                if (!co_await to_.pause(asked_.interval)) co_return outcome::aborted;
            if (auto const point = bytes_point(piece->bytes.size())) piece->bytes.resize(*point);
            if (is_content && asked_.stamp) piece->bytes.insert(0, stamp());
            bytes_ += piece->bytes.size();
            if (is_content) ++contents_;
            if (!co_await send(std::move(piece->bytes))) co_return outcome::aborted;
        }
        if (chunked_) {
            std::string last_chunk = "0\r\n\r\n";
            if (!co_await to_.send(std::move(last_chunk))) co_return outcome::aborted;
        }
        co_return outcome::sent;
    }

private:
    /// A plain body has no chunks: 1 and more stand for its half.
    answer_point in_this_body(answer_point point) const
    {
        if (what_.stream || point.counted != answer_point::unit::chunks) return point;
        point.counted = answer_point::unit::bytes;
        if (point.after) point.after = (what_.body.size() + what_.fill_bytes) / 2;
        return point;
    }

    bool reached(std::optional<answer_point> const& point) const
    {
        if (!point || point->counted == answer_point::unit::head) return false;
        return point->counted == answer_point::unit::bytes ? bytes_ >= point->after : contents_ >= point->after;
    }

    /// How much of a piece of that size may go out before a point counted in bytes.
    std::optional<std::size_t> bytes_point(std::size_t size) const
    {
        std::optional<std::size_t> found;
        for (auto const* point : {&cut_, &stall_})
            if (*point && (*point)->counted == answer_point::unit::bytes && (*point)->after < bytes_ + size)
                found = std::min<std::uint64_t>(found.value_or(size), (*point)->after - bytes_);
        return found;
    }

    asio::awaitable<outcome> stall()
    {
        co_await to_.until_gone();
        co_return outcome::aborted;
    }

    asio::awaitable<outcome> cut(std::string next_bytes)
    {
        if (cut_->mid_event) {
            next_bytes.resize(next_bytes.size() / 2);
            co_await send(std::move(next_bytes));
        }
        // An RST makes the peer's kernel drop what was not yet read: let it be read first.
        if (cut_->reset) co_await to_.pause(std::chrono::milliseconds(50));
        to_.close(cut_->reset);
        co_return outcome::broken;
    }

    asio::awaitable<bool> send(std::string bytes)
    {
        if (bytes.empty()) co_return true;
        if (asked_.split_utf8) {
            while (!bytes.empty()) {
                auto const end = within_character(bytes);
                auto part = bytes.substr(0, end);
                if (!co_await send_framed(std::move(part))) co_return false;
                bytes.erase(0, end);
                // Most of a millisecond apart, so that the pieces stay apart on the way.
                if (!bytes.empty() && !co_await to_.pause(std::chrono::microseconds(500))) co_return false;
            }
            co_return true;
        }
        co_return co_await send_framed(std::move(bytes));
    }

    asio::awaitable<bool> send_framed(std::string bytes)
    {
        if (!chunked_) co_return co_await to_.send(std::move(bytes));
        std::string framed;
        framed.reserve(bytes.size() + 16);
        if (asked_.split_bytes)
            for (char const& c : bytes) add_chunk({&c, 1}, framed);
        else
            add_chunk(bytes, framed);
        co_return co_await to_.send(std::move(framed));
    }

    wire& to_;
    answer const& what_;
    knobs const& asked_;
    bool const chunked_;
    std::optional<answer_point> cut_;
    std::optional<answer_point> stall_;
    std::uint64_t bytes_ = 0;
    std::uint64_t contents_ = 0;
};

} // namespace

asio::awaitable<outcome> send_answer(wire& to, answer what, knobs asked, request_traits of)
{
    if (asked.encoded != encoding::none && what.status >= 300) asked.encoded = encoding::none;
    auto const planned = plan_for(what, asked, of);
    auto head = head_of(what, asked, planned);
    auto result = outcome::sent;
    if (!planned.has_body) {
        if (!co_await to.send(std::move(head))) co_return outcome::aborted;
    } else if (!what.stream && what.fill_bytes == 0 && asked.plain_on_the_wire()) {
        if (!co_await to.send(std::move(head), std::move(what.body))) co_return outcome::aborted;
    } else {
        if (!co_await to.send(std::move(head))) co_return outcome::aborted;
        if (asked.first_chunk_delay.count() > 0 && !co_await to.pause(asked.first_chunk_delay))
            co_return outcome::aborted;
        body_sender sender(to, what, asked, planned.chunked);
        result = co_await sender.run();
    }
    if (result != outcome::sent) co_return result;
    auto const ends = planned.closes || asked.length_delta != 0 || asked.framed == framing::both;
    co_return ends ? outcome::ended : outcome::sent;
}

} // namespace weir::mock
