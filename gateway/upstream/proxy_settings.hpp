#pragma once

#include "net/url.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace weir::gateway
{

/// The HTTP proxy through which https providers are reached, as HTTPS_PROXY and NO_PROXY (or their lower-case forms)
/// say.
class proxy_settings
{
public:
    proxy_settings() = default;
    explicit proxy_settings(std::map<std::string, std::string> const& environment);

    /// Whether that origin is reached through the proxy.
    bool applies_to(net::origin const& to) const;

    net::origin const& proxy() const { return proxy_->at; }
    /// The value of Proxy-Authorization; empty without user information in HTTPS_PROXY.
    std::string const& authorization() const { return authorization_; }

    /// What is wrong with HTTPS_PROXY; empty when it is good or unset.
    std::string const& problem() const { return problem_; }

private:
    std::optional<net::url> proxy_;
    std::string authorization_, problem_;
    std::vector<std::string> direct_; ///< NO_PROXY: hosts, domains, "*"
};

} // namespace weir::gateway
