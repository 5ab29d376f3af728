#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::api
{

/// Walks over the fields of one protobuf message, without a schema. What it yields points into the bytes given.
class protobuf_reader
{
public:
    explicit protobuf_reader(std::string_view bytes)
        : rest_(bytes)
    {
    }

    /// Goes to the next field. False at the end, and at the first byte that is wrong: see is_good().
    bool next();

    bool is_good() const { return good_; }

    std::uint32_t field() const { return field_; }
    /// The bytes of a string, of bytes or of a message; empty for a field of another kind.
    std::string_view bytes() const { return bytes_; }
    /// The bits of a number: of a varint, or of a fixed one, which a double is too; 0 for a field of another kind.
    std::uint64_t number() const { return number_; }

private:
    bool read_varint(std::uint64_t& to);
    bool read_fixed(std::size_t size);
    bool read_value(std::uint64_t wire_type);

    std::string_view rest_, bytes_;
    std::uint64_t number_ = 0;
    std::uint32_t field_ = 0;
    bool good_ = true;
};

} // namespace weir::api
