#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Protobuf's wire format, for tests.
namespace weir::api::test
{

inline std::string varint(std::uint64_t value)
{
    std::string bytes;
    for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(0x80 | (value & 0x7F));
    return bytes += static_cast<char>(value);
}

inline std::string varint_field(std::uint32_t field, std::uint64_t value) { return varint(field << 3) + varint(value); }

/// A text, bytes or a message.
inline std::string text_field(std::uint32_t field, std::string_view bytes)
{
    return varint(field << 3 | 2) + varint(bytes.size()) + std::string(bytes);
}

/// 64 bits.
inline std::string fixed_field(std::uint32_t field, std::uint64_t value)
{
    auto bytes = varint(field << 3 | 1);
    for (int i = 0; i < 8; ++i) bytes += static_cast<char>(value >> (8 * i));
    return bytes;
}

/// A span's attribute; `value`: the fields of an AnyValue.
inline std::string attribute(std::string_view key, std::string_view value)
{
    return text_field(9, text_field(1, key) + text_field(2, value));
}

/// A TracesData message with one span of these fields.
inline std::string traces_message(std::string_view span) { return text_field(1, text_field(2, text_field(2, span))); }

} // namespace weir::api::test
