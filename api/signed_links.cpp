#include "api/signed_links.hpp"

#include "net/unix_time.hpp"

#include <openssl/crypto.h>

namespace weir::api
{
namespace
{

constexpr std::int64_t lifetime_s = 86'400;

} // namespace

std::string signed_links::signature(std::string_view path, storage::organization_id organization,
                                    std::int64_t expires) const
{
    auto const text = "link\n" + std::string(path) + "\n" + std::to_string(static_cast<std::int64_t>(organization)) +
                      "\n" + std::to_string(expires);
    return key_.of(text);
}

std::string signed_links::query(std::string_view path, storage::organization_id organization, std::int64_t now_us) const
{
    auto const expires = now_us / net::second_us + lifetime_s;
    return "?organization=" + std::to_string(static_cast<std::int64_t>(organization)) +
           "&expires=" + std::to_string(expires) + "&signature=" + signature(path, organization, expires);
}

bool signed_links::is_good(std::string_view path, storage::organization_id organization, std::int64_t expires,
                           std::string_view given, std::int64_t now_us) const
{
    auto const right = signature(path, organization, expires);
    return given.size() == right.size() && CRYPTO_memcmp(given.data(), right.data(), right.size()) == 0 &&
           now_us / net::second_us < expires;
}

} // namespace weir::api
