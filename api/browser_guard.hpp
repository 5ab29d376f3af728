#pragma once

#include "api/failure.hpp"
#include "net/url.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::api
{

/// What a request's head says about who sent it.
struct page_facts {
    std::vector<std::string_view> hosts; ///< the values of all Host fields
    std::vector<std::string_view> origins;
    std::vector<std::string_view> fetch_sites; ///< Sec-Fetch-Site
    std::string local_address;                 ///< the address that the connection came to
};

/// Keeps web pages out. A page from anywhere can reach a loopback port through its visitor's browser, and by DNS
/// rebinding even read what it answers; the browser then tells on it in Host, Origin and Sec-Fetch-Site. SDKs and curl
/// send none of the latter two, so nothing changes for them.
class browser_guard
{
public:
    /// `listen_host` as configured; `public_url` may be empty.
    browser_guard(std::string_view listen_host, std::string_view public_url);

    /// Why the request is refused, or nothing: 400 without exactly one Host, 421 for a Host that is neither a loopback
    /// name, nor the listen address, nor public_url's; 403 for a page of another origin.
    std::optional<failure> refuses(page_facts const& facts) const;

private:
    bool is_own_host(std::string_view host, std::string_view local_address) const;

    std::string listen_host_;
    bool listens_everywhere_;
    std::optional<net::origin> public_;
};

} // namespace weir::api
