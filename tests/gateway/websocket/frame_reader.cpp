#include "gateway/websocket/frame_reader.hpp"

#include "tests/support/frames.hpp"

#include <boost/test/unit_test.hpp>

#include <ostream>
#include <vector>

namespace weir::gateway::websocket
{
BOOST_AUTO_TEST_SUITE(websocket_frames)

namespace
{

using test::bytes_of;
using test::frame;

constexpr unsigned char final = frame::final;
std::string const mask("\x01\xF0\x9C\x7E", 4);

struct message {
    kind of;
    std::string payload;
    bool whole;

    bool operator==(message const&) const = default;
};

std::ostream& operator<<(std::ostream& out, message const& m)
{
    return out << static_cast<int>(m.of) << ":" << m.payload.size() << ":" << m.payload.substr(0, 40)
               << (m.whole ? "" : "…");
}

/// Messages as they come out of `bytes`, presented in pieces of `size`, in the order of their ends.
struct outcome {
    std::vector<message> messages;
    std::string problem;
};

outcome read(side from, std::string_view bytes, std::size_t size)
{
    frame_reader frames(from);
    outcome got;
    std::optional<message> data, control; // whose bytes come
    for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size()))) {
        auto const part = std::string(bytes.substr(0, size)); // at another place each time
        std::string_view rest = part;
        while (auto const p = frames.next(rest)) {
            auto& into = p->of == kind::text || p->of == kind::binary ? data : control;
            BOOST_TEST(p->first == !into.has_value());
            if (!into) into = message{p->of, "", false};
            BOOST_TEST((p->of == into->of));
            p->append_to(into->payload);
            if (!p->last) continue;
            into->whole = true;
            got.messages.push_back(std::move(*into));
            into.reset();
        }
    }
    if (data) got.messages.push_back(std::move(*data));
    got.problem = frames.problem();
    return got;
}

} // namespace

BOOST_AUTO_TEST_CASE(messages_are_read_however_their_bytes_come)
{
    std::string const medium(300, 'm'), large(70'000, 'l');
    for (bool const masked : {true, false}) {
        auto const m = masked ? std::optional(mask) : std::nullopt;
        auto const from = masked ? side::client : side::server;
        struct {
            std::string_view name;
            std::string bytes;
            std::vector<message> expected;
        } const cases[] = {
            {"a text", bytes_of({.payload = "Hello", .mask = m}), {{kind::text, "Hello", true}}},
            {"an empty text", bytes_of({.payload = "", .mask = m}), {{kind::text, "", true}}},
            {"binary",
             bytes_of({.first = frame::binary | final, .payload = "\x01\xFF", .mask = m}),
             {{kind::binary, "\x01\xFF", true}}},
            {"a length of 16 bits", bytes_of({.payload = medium, .mask = m}), {{kind::text, medium, true}}},
            {"the longest short length",
             bytes_of({.payload = std::string(125, 'x'), .mask = m}),
             {{kind::text, std::string(125, 'x'), true}}},
            {"the shortest length of 16 bits",
             bytes_of({.payload = std::string(126, 'x'), .mask = m}),
             {{kind::text, std::string(126, 'x'), true}}},
            {"fragments with control frames between them",
             bytes_of({.first = frame::text, .payload = "one ", .mask = m}) +
                 bytes_of({.first = frame::ping | final, .payload = "p", .mask = m}) +
                 bytes_of({.first = frame::continuation, .payload = "", .mask = m}) +
                 bytes_of({.first = frame::pong | final, .payload = "", .mask = m}) +
                 bytes_of({.first = frame::continuation | final, .payload = "two", .mask = m}) +
                 bytes_of({.payload = "next", .mask = m}),
             {{kind::ping, "p", true},
              {kind::pong, "", true},
              {kind::text, "one two", true},
              {kind::text, "next", true}}},
            {"a close frame",
             bytes_of({.first = frame::close | final,
                       .payload = "\x03\xE8"
                                  "bye",
                       .mask = m}),
             {{kind::close,
               "\x03\xE8"
               "bye",
               true}}},
            {"a message that does not end",
             bytes_of({.first = frame::text, .payload = "one", .mask = m}),
             {{kind::text, "one", false}}},
        };
        for (auto const& c : cases)
            for (std::size_t size = 1; size <= c.bytes.size(); ++size)
                BOOST_TEST_CONTEXT(c.name << ", masked " << masked << ", in pieces of " << size)
                {
                    auto const got = read(from, c.bytes, size);
                    BOOST_TEST(got.problem == "");
                    BOOST_TEST(got.messages == c.expected, boost::test_tools::per_element());
                }
    }
    for (std::size_t const size : {1, 7, 4096, 100'000})
        BOOST_TEST((read(side::client, bytes_of({.payload = large, .mask = mask}), size).messages ==
                    std::vector<message>{{kind::text, large, true}}));
}

BOOST_AUTO_TEST_CASE(what_the_rfc_forbids_ends_the_reading_at_once)
{
    auto const plain = [](unsigned char first, std::string payload = "") {
        return bytes_of({.first = first, .payload = std::move(payload)});
    };
    struct {
        std::string_view name;
        std::string bytes;
        side from = side::server;
    } const cases[] = {
        {"RSV1", plain(frame::text | final | 0x40)},
        {"RSV2", plain(frame::text | final | 0x20)},
        {"RSV3", plain(frame::text | final | 0x10)},
        {"opcode 3", plain(3 | final)},
        {"opcode 7", plain(7 | final)},
        {"opcode 11", plain(11 | final)},
        {"opcode 15", plain(15 | final)},
        {"a masked frame of a server", bytes_of({.payload = "x", .mask = mask})},
        {"an unmasked frame of a client", plain(frame::text | final, "x"), side::client},
        {"a fragmented ping", plain(frame::ping)},
        {"a large ping", plain(frame::ping | final, std::string(126, 'x'))},
        {"a large close", plain(frame::close | final, std::string(126, 'x'))},
        {"a close of one byte", plain(frame::close | final, "\x03")},
        {"a fragment of nothing", plain(frame::continuation | final, "x")},
        {"a message within another", plain(frame::text, "x") + plain(frame::text | final, "y")},
        {"a binary within a text", plain(frame::text, "x") + plain(frame::binary | final, "y")},
        {"a second end", plain(frame::text | final, "x") + plain(frame::continuation | final, "y")},
        {"a long form of a short length", bytes_of({.payload = "x", .length_bytes = 2})},
        {"the longest form of a short length", bytes_of({.payload = "x", .length_bytes = 8})},
        {"a length of 64 bits", std::string("\x82\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 10)},
    };
    for (auto const& c : cases)
        for (std::size_t size = 1; size <= c.bytes.size(); ++size)
            BOOST_TEST_CONTEXT(c.name << ", in pieces of " << size)
            {
                auto const got = read(c.from, c.bytes + plain(frame::text | final, "never read"), size);
                BOOST_TEST(got.problem != "");
                BOOST_TEST((got.messages.empty() || got.messages.back().payload != "never read"));
            }
}

BOOST_AUTO_TEST_CASE(nothing_is_read_behind_a_close_frame)
{
    auto const bytes = test::server_close(1000) + test::server_text("late") + "\xFF\xFF";
    for (std::size_t size = 1; size <= bytes.size(); ++size) {
        auto const got = read(side::server, bytes, size);
        BOOST_TEST(got.problem == "");
        BOOST_TEST(got.messages.size() == 1U);
    }
}

BOOST_AUTO_TEST_CASE(a_frame_of_any_size_takes_no_memory)
{
    frame_reader frames(side::server);
    std::string_view head("\x82\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 10); // 2^63 - 1 bytes
    BOOST_TEST(!frames.next(head).has_value());
    std::string const part(1'000'000, 'x');

    for (int i = 0; i < 10; ++i) {
        std::string_view rest = part;
        auto const p = frames.next(rest);
        BOOST_REQUIRE(p.has_value());
        BOOST_TEST(p->first == (i == 0));
        BOOST_TEST(!p->last);
        BOOST_TEST((p->bytes.data() == part.data() && p->bytes.size() == part.size())); // a view, not a copy
        BOOST_TEST(rest.empty());
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway::websocket
