#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

/// Numbers as weir's blobs have them: the least byte first, on any machine.
namespace weir::storage
{

/// Appends the lowest `bytes` bytes of a number, at most eight.
inline void append_number(std::string& to, std::uint64_t value, std::size_t bytes)
{
    for (std::size_t i = 0; i < bytes; ++i) to += static_cast<char>(value >> (8 * i) & 0xFFU);
}

/// The number in `bytes` bytes, at most eight.
inline std::uint64_t number_at(char const* from, std::size_t bytes)
{
    std::uint64_t value = 0;
    for (std::size_t i = bytes; i-- > 0;) value = value << 8U | static_cast<unsigned char>(from[i]);
    return value;
}

} // namespace weir::storage
