#include "net/sha256.hpp"

#include <openssl/evp.h>

namespace weir::net
{

std::array<unsigned char, 32> sha256(std::string_view bytes)
{
    // Fetched once: OpenSSL would look the algorithm up under a lock each time.
    static EVP_MD const* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    std::array<unsigned char, 32> digest{};
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, algorithm, nullptr);
    return digest;
}

} // namespace weir::net
