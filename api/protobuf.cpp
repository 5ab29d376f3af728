#include "api/protobuf.hpp"

namespace weir::api
{

bool protobuf_reader::read_varint(std::uint64_t& to)
{
    to = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (rest_.empty()) return false;
        auto const byte = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        to |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
        if (byte < 0x80) return true;
    }
    return false;
}

bool protobuf_reader::read_fixed(std::size_t size)
{
    if (rest_.size() < size) return false;
    for (std::size_t i = 0; i < size; ++i)
        number_ |= static_cast<std::uint64_t>(static_cast<unsigned char>(rest_[i])) << (8 * i);
    rest_.remove_prefix(size);
    return true;
}

bool protobuf_reader::read_value(std::uint64_t wire_type)
{
    std::uint64_t size = 0;
    switch (wire_type) {
    case 0: return read_varint(number_);
    case 1: return read_fixed(8);
    case 2:
        if (!read_varint(size) || size > rest_.size()) return false;
        bytes_ = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return true;
    case 5: return read_fixed(4);
    default: return false; // groups, which no message of today has
    }
}

bool protobuf_reader::next()
{
    if (!good_ || rest_.empty()) return false;
    constexpr std::uint64_t most_fields = (1U << 29U) - 1;
    bytes_ = {};
    number_ = 0;
    std::uint64_t tag = 0;
    good_ = read_varint(tag) && tag >> 3U != 0 && tag >> 3U <= most_fields && read_value(tag & 7U);
    field_ = good_ ? static_cast<std::uint32_t>(tag >> 3U) : 0;
    return good_;
}

} // namespace weir::api
