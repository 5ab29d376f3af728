#include "storage/random.hpp"

#include <openssl/rand.h>

#include <array>
#include <span>

namespace weir::storage
{
namespace
{

result<void> fill_randomly(std::span<unsigned char> bytes)
{
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return make_error_code(errc::failed);
    return {};
}

} // namespace

result<uuid> random_uuid()
{
    uuid id;
    if (auto const filled = fill_randomly(id.bytes); !filled) return filled.error();
    id.bytes[6] = static_cast<unsigned char>((id.bytes[6] & 0x0FU) | 0x40U);
    id.bytes[8] = static_cast<unsigned char>((id.bytes[8] & 0x3FU) | 0x80U);
    return id;
}

result<std::string> random_key(std::string_view prefix)
{
    constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
    constexpr unsigned even = 256 / digits.size() * digits.size(); // greater bytes would favour the first digits
    std::string key(prefix);
    std::array<unsigned char, 64> random{};
    for (std::size_t count = 0; count < key_groups * key_group_length;) {
        if (auto const filled = fill_randomly(random); !filled) return filled.error();
        for (auto const byte : random) {
            if (byte >= even || count == key_groups * key_group_length) continue;
            if (count++ % key_group_length == 0) key += '-';
            key += digits[byte % digits.size()];
        }
    }
    return key;
}

} // namespace weir::storage
