#include "storage/uuid.hpp"

#include "net/text.hpp"

namespace weir::storage
{

std::string uuid::text() const
{
    auto const hex = net::to_hex({reinterpret_cast<char const*>(bytes.data()), bytes.size()});
    return hex.substr(0, 8) + '-' + hex.substr(8, 4) + '-' + hex.substr(12, 4) + '-' + hex.substr(16, 4) + '-' +
           hex.substr(20);
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
