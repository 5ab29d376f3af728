#include "net/http_message.hpp"

#include <cstdint>
#include <cstdlib>

namespace
{

using namespace weir;

void require(bool holds)
{
    if (!holds) std::abort();
}

/// Presents `bytes` in pieces whose sizes the first byte of the input chooses, as sockets might; returns what came out.
template <class Parser>
std::string read(std::string_view bytes, std::size_t piece, bool& refused)
{
    Parser parser(1024);
    boost::system::error_code error;
    std::string held, content;
    std::size_t fed = 0, head = 0;
    while (fed < bytes.size() && !error) {
        auto const next = bytes.substr(fed, piece);
        fed += next.size();
        held += next;
        std::string const presented = held; // at another place each time
        if (!parser.has_head()) {
            head = parser.parse_head(presented, error);
            if (head == 0) continue;
            held.erase(0, head);
            if (error) break;
            for (auto const& f : parser.head().fields) content.append(f.name).append(":").append(f.value).append("\n");
        }
        if (parser.has_head() && !parser.is_done() && !error) {
            std::string const body = held;
            auto const used = parser.parse_body(body, error);
            require(used <= body.size());
            for (auto const part : parser.body_pieces()) {
                require(part.data() >= body.data() && part.data() + part.size() <= body.data() + body.size());
                content += part;
            }
            held.erase(0, used);
            require(held.size() <= 1024 + 2 * piece + 5 || parser.is_done());
        }
        if (parser.is_done()) break;
    }
    if (!error && parser.has_head() && !parser.is_done()) parser.parse_end(error);
    refused = !!error;
    return content;
}

template <class Parser>
void compare(std::string_view bytes, std::size_t piece)
{
    bool refused = false, refused_in_pieces = false;
    auto const whole = read<Parser>(bytes, bytes.size() + 1, refused);
    auto const in_pieces = read<Parser>(bytes, piece, refused_in_pieces);
    // What a message means does not depend on how it arrived.
    if (!refused && !refused_in_pieces) require(whole == in_pieces);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size < 2) return 0;
    std::string_view const bytes{reinterpret_cast<char const*>(data) + 1, size - 1};
    std::size_t const piece = 1 + data[0] / 2;
    if (data[0] % 2)
        compare<net::request_parser>(bytes, piece);
    else
        compare<net::response_parser>(bytes, piece);
    return 0;
}
