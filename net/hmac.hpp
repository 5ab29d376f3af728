#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace weir::net
{

/// HMAC-SHA-256 (RFC 2104) with one key for many texts: the half of the work that is the key's is done once. Threads
/// may share it.
class hmac_sha256_key
{
public:
    explicit hmac_sha256_key(std::string_view key);
    hmac_sha256_key(hmac_sha256_key&&) noexcept;
    hmac_sha256_key& operator=(hmac_sha256_key&&) noexcept;
    ~hmac_sha256_key();

    /// Of a text, in lower-case hexadecimal.
    std::string of(std::string_view text) const;

private:
    struct closer {
        void operator()(evp_md_ctx_st* context) const;
    };
    using context = std::unique_ptr<evp_md_ctx_st, closer>;
    static context padded(std::string_view key, char pad);

    context inner_, outer_; ///< behind the padded key
};

/// HMAC-SHA-256 in lower-case hexadecimal.
std::string hmac_sha256(std::string_view key, std::string_view text);

} // namespace weir::net
