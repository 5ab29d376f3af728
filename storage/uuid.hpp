#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::storage
{

/// A UUID, as its 16 bytes in network order.
struct uuid {
    std::array<unsigned char, 16> bytes{};

    auto operator<=>(uuid const&) const = default;

    /// Lower-case 8-4-4-4-12.
    std::string text() const;

    /// Reads 8-4-4-4-12 hex digits of either case whose version is 1 to 5 or 7 and whose variant is RFC 9562's.
    static std::optional<uuid> parse(std::string_view text);
};

} // namespace weir::storage
