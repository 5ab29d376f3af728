#include "net/hmac.hpp"

#include "net/text.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <new>

namespace weir::net
{
namespace
{

constexpr std::size_t block_bytes = 64; // SHA-256's

using digest_bytes = std::array<unsigned char, 32>;

void must(int succeeded)
{
    if (succeeded != 1) throw std::bad_alloc(); // SHA-256 cannot fail otherwise
}

digest_bytes digest_of(EVP_MD_CTX* context)
{
    digest_bytes digest{};
    must(EVP_DigestFinal_ex(context, digest.data(), nullptr));
    return digest;
}

} // namespace

void hmac_sha256_key::closer::operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }

hmac_sha256_key::context hmac_sha256_key::padded(std::string_view key, char pad)
{
    std::array<char, block_bytes> block{};
    context made(EVP_MD_CTX_new());
    must(made ? 1 : 0);
    must(EVP_DigestInit_ex(made.get(), EVP_sha256(), nullptr));
    if (key.size() > block_bytes) {
        must(EVP_DigestUpdate(made.get(), key.data(), key.size()));
        std::ranges::copy(digest_of(made.get()), block.begin());
        must(EVP_DigestInit_ex(made.get(), EVP_sha256(), nullptr));
    } else {
        std::ranges::copy(key, block.begin());
    }
    for (auto& byte : block) byte = static_cast<char>(byte ^ pad);
    must(EVP_DigestUpdate(made.get(), block.data(), block.size()));
    return made;
}

hmac_sha256_key::hmac_sha256_key(std::string_view key)
    : inner_(padded(key, 0x36))
    , outer_(padded(key, 0x5C))
{
}
hmac_sha256_key::hmac_sha256_key(hmac_sha256_key&&) noexcept = default;
hmac_sha256_key& hmac_sha256_key::operator=(hmac_sha256_key&&) noexcept = default;
hmac_sha256_key::~hmac_sha256_key() = default;

std::string hmac_sha256_key::of(std::string_view text) const
{
    context const working(EVP_MD_CTX_new());
    must(working ? 1 : 0);
    must(EVP_MD_CTX_copy_ex(working.get(), inner_.get()));
    must(EVP_DigestUpdate(working.get(), text.data(), text.size()));
    auto const inner = digest_of(working.get());
    must(EVP_MD_CTX_copy_ex(working.get(), outer_.get()));
    must(EVP_DigestUpdate(working.get(), inner.data(), inner.size()));
    auto const digest = digest_of(working.get());
    return to_hex({reinterpret_cast<char const*>(digest.data()), digest.size()});
}

std::string hmac_sha256(std::string_view key, std::string_view text) { return hmac_sha256_key(key).of(text); }

} // namespace weir::net
