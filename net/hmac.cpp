#include "net/hmac.hpp"

#include "net/text.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace weir::net
{

std::string hmac_sha256(std::string_view key, std::string_view text)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<unsigned char const*>(text.data()),
         text.size(), digest.data(), &length);
    return to_hex({reinterpret_cast<char const*>(digest.data()), length});
}

} // namespace weir::net
