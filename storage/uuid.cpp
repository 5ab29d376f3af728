#include "storage/uuid.hpp"

#include "net/text.hpp"

#include <array>

namespace weir::storage
{

std::string uuid::text() const
{
    static constexpr std::string_view digits = "0123456789abcdef";
    std::array<char, 36> text;
    char* at = text.data();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        *at++ = digits[bytes[i] >> 4U];
        *at++ = digits[bytes[i] & 15U];
        if (i == 3 || i == 5 || i == 7 || i == 9) *at++ = '-';
    }
    return {text.data(), text.size()};
}

std::optional<uuid> uuid::parse(std::string_view text)
{
    if (text.size() != 36) return std::nullopt;
    uuid id;
    std::size_t digits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const c = net::lower(text[i]);
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (c != '-') return std::nullopt;
            continue;
        }
        int const value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (value < 0) return std::nullopt;
        auto& byte = id.bytes[digits / 2];
        byte = static_cast<unsigned char>(byte << 4U | static_cast<unsigned>(value));
        ++digits;
    }
    unsigned const version = id.bytes[6] >> 4U, variant = id.bytes[8] >> 6U;
    if (variant != 2 || version < 1 || (version > 5 && version != 7)) return std::nullopt;
    return id;
}

} // namespace weir::storage
