#pragma once

#include "net/hmac.hpp"
#include "storage/request_record.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::api
{

/// Links that can be fetched without a key: a signature in the query string stands for it, for a day. Whoever has the
/// link has what it leads to.
class signed_links
{
public:
    /// `secret`: of the database; links are good as long as it is the same.
    explicit signed_links(std::string_view secret)
        : key_(secret)
    {
    }

    /// What follows `path` in a link: "?organization=1&expires=…&signature=…".
    std::string query(std::string_view path, storage::organization_id organization, std::int64_t now_us) const;

    /// Whether that is what `query` made, and still good.
    bool is_good(std::string_view path, storage::organization_id organization, std::int64_t expires,
                 std::string_view signature, std::int64_t now_us) const;

private:
    std::string signature(std::string_view path, storage::organization_id organization, std::int64_t expires) const;

    net::hmac_sha256_key key_;
};

} // namespace weir::api
