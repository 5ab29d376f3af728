#include "storage/vault.hpp"

#include "net/text.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <memory>

namespace weir::storage
{
namespace
{

// A sealed secret: the format's number, the nonce, the ciphertext, the tag.
constexpr char format_number = 1;
constexpr std::size_t nonce_size = 12, tag_size = 16, head_size = 1 + nonce_size;

struct free_context {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using context_pointer = std::unique_ptr<EVP_CIPHER_CTX, free_context>;

unsigned char const* bytes(std::string_view text) { return reinterpret_cast<unsigned char const*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

enum class direction : int { decrypt = 0, encrypt = 1 };

/// A cipher that has taken key, nonce and additional data; none when OpenSSL refuses.
context_pointer begin(direction which, vault::master_key const& key, std::string_view nonce, std::string_view bound_to)
{
    context_pointer context(EVP_CIPHER_CTX_new());
    int ignored = 0;
    bool const begun =
        context &&
        EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), bytes(nonce),
                          static_cast<int>(which)) == 1 &&
        EVP_CipherUpdate(context.get(), nullptr, &ignored, bytes(bound_to), static_cast<int>(bound_to.size())) == 1;
    return begun ? std::move(context) : nullptr;
}

/// Encrypts or decrypts `from` into `to`, which has room for it.
bool transform(EVP_CIPHER_CTX* context, std::string_view from, unsigned char* to)
{
    int done = 0, rest = 0;
    return EVP_CipherUpdate(context, to, &done, bytes(from), static_cast<int>(from.size())) == 1 &&
           EVP_CipherFinal_ex(context, to + done, &rest) == 1;
}

std::optional<unsigned char> hex_digit(char c)
{
    auto const digit = net::lower(c);
    if (digit >= '0' && digit <= '9') return static_cast<unsigned char>(digit - '0');
    if (digit >= 'a' && digit <= 'f') return static_cast<unsigned char>(digit - 'a' + 10);
    return std::nullopt;
}

std::optional<vault::master_key> parse_hex(std::string_view text)
{
    vault::master_key key{};
    for (std::size_t i = 0; i < key.size(); ++i) {
        auto const high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
        if (!high || !low) return std::nullopt;
        key[i] = static_cast<unsigned char>(*high << 4U | *low);
    }
    return key;
}

/// 44 characters, of which the last is the padding.
std::optional<vault::master_key> parse_base64(std::string_view text)
{
    std::array<unsigned char, 33> decoded{}; // the padding counts as a byte
    if (!text.ends_with('=') || text[text.size() - 2] == '=') return std::nullopt;
    if (EVP_DecodeBlock(decoded.data(), bytes(text), static_cast<int>(text.size())) != static_cast<int>(decoded.size()))
        return std::nullopt;
    vault::master_key key{};
    std::copy_n(decoded.begin(), key.size(), key.begin());
    OPENSSL_cleanse(decoded.data(), decoded.size());
    return key;
}

} // namespace

vault::~vault() { OPENSSL_cleanse(key_.data(), key_.size()); }

result<std::string> vault::seal(std::string_view secret, std::string_view bound_to) const
{
    std::string sealed(head_size + secret.size() + tag_size, format_number);
    auto* const nonce = bytes(sealed) + 1;
    if (RAND_bytes(nonce, nonce_size) != 1) return make_error_code(errc::failed);
    auto const context = begin(direction::encrypt, key_, std::string_view(sealed).substr(1, nonce_size), bound_to);
    auto* const tag = bytes(sealed) + head_size + secret.size();
    if (!context || !transform(context.get(), secret, bytes(sealed) + head_size) ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_size, tag) != 1)
        return make_error_code(errc::failed);
    return sealed;
}

result<std::string> vault::open(std::string_view sealed, std::string_view bound_to) const
{
    if (sealed.size() < head_size + tag_size || sealed.front() != format_number)
        return make_error_code(errc::wrong_key);
    auto const content = sealed.substr(head_size, sealed.size() - head_size - tag_size);
    std::string tag(sealed.substr(head_size + content.size())); // OpenSSL does not take a const one
    std::string secret(content.size(), '\0');
    auto const context = begin(direction::decrypt, key_, sealed.substr(1, nonce_size), bound_to);
    if (!context || EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()) != 1)
        return make_error_code(errc::failed);
    if (!transform(context.get(), content, bytes(secret))) return make_error_code(errc::wrong_key);
    return secret;
}

std::optional<vault::master_key> parse_master_key(std::string_view text)
{
    constexpr std::size_t hex_size = 64, base64_size = 44;
    if (text.size() == hex_size) return parse_hex(text);
    if (text.size() == base64_size) return parse_base64(text);
    return std::nullopt;
}

} // namespace weir::storage
