#include "tests/support/frames.hpp"

namespace weir::test
{
namespace
{

std::string const usual_mask("\x11\x22\x33\x44", 4);

std::string close_payload(std::optional<int> code, std::string_view reason)
{
    if (!code) return {};
    std::string payload{static_cast<char>(*code >> 8), static_cast<char>(*code)};
    return payload.append(reason);
}

} // namespace

std::string bytes_of(frame const& f)
{
    auto const size = f.payload.size();
    int const usual = size > 65535 ? 8 : size > 125 ? 2 : 0;
    int const extended = f.length_bytes >= 0 ? f.length_bytes : usual;
    auto const masked = static_cast<unsigned char>(f.mask ? 0x80 : 0);
    std::string out{static_cast<char>(f.first)};
    out += static_cast<char>(masked | (extended == 8 ? 127U : extended == 2 ? 126U : static_cast<unsigned>(size)));
    for (int shift = extended * 8 - 8; shift >= 0; shift -= 8)
        out += static_cast<char>(static_cast<std::uint64_t>(size) >> static_cast<unsigned>(shift));
    if (f.mask) out += *f.mask;
    for (std::size_t i = 0; i < size; ++i)
        out += f.mask ? static_cast<char>(f.payload[i] ^ (*f.mask)[i % 4]) : f.payload[i];
    return out;
}

std::string server_text(std::string_view text) { return bytes_of({.payload = std::string(text)}); }
std::string client_text(std::string_view text) { return bytes_of({.payload = std::string(text), .mask = usual_mask}); }

std::string server_close(std::optional<int> code, std::string_view reason)
{
    return bytes_of({.first = frame::close | frame::final, .payload = close_payload(code, reason)});
}

std::string client_close(std::optional<int> code, std::string_view reason)
{
    return bytes_of({.first = frame::close | frame::final, .payload = close_payload(code, reason), .mask = usual_mask});
}

} // namespace weir::test
