#include "gateway/digest.hpp"

#include "net/text.hpp"

#include <openssl/evp.h>

#include <array>

namespace weir::gateway
{

struct sha256::state {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    state() { EVP_DigestInit_ex(context, EVP_sha256(), nullptr); }
    state(state const&) = delete;
    state& operator=(state const&) = delete;
    ~state() { EVP_MD_CTX_free(context); }
};

sha256::sha256()
    : state_(std::make_unique<state>())
{
}
sha256::~sha256() = default;
sha256::sha256(sha256&&) noexcept = default;
sha256& sha256::operator=(sha256&&) noexcept = default;

void sha256::add(std::string_view bytes) { EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()); }

std::string sha256::hex()
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    EVP_DigestFinal_ex(state_->context, digest.data(), &length);
    return net::to_hex({reinterpret_cast<char const*>(digest.data()), length});
}

keyed_hasher::keyed_hasher(std::string_view key)
    : key_(key)
{
}

std::string const& keyed_hasher::of(std::string const& text)
{
    if (auto const found = remembered_.find(text); found != remembered_.end()) return found->second;
    if (remembered_.size() == most_remembered) remembered_.clear();
    return remembered_[text] = key_.of(text);
}

} // namespace weir::gateway
