#include "api/browser_guard.hpp"

#include "net/address.hpp"
#include "net/text.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <limits>

namespace asio = boost::asio;

namespace weir::api
{
namespace
{

struct authority {
    std::string host; ///< lower case, without brackets
    std::optional<std::uint16_t> port;
};

std::optional<authority> parse_authority(std::string_view text)
{
    std::string_view host, rest;
    if (text.starts_with('[')) {
        auto const close = text.find(']');
        if (close == text.npos) return std::nullopt;
        host = text.substr(1, close - 1);
        rest = text.substr(close + 1);
    } else {
        host = text.substr(0, text.find(':'));
        rest = text.substr(host.size());
    }
    if (host.ends_with('.')) host.remove_suffix(1);
    if (host.empty() || host.find_first_of("@/\\ ,") != host.npos) return std::nullopt;

    authority parsed{net::to_lower(host), {}};
    if (rest.empty() || rest == ":") return parsed;
    auto const port = rest.front() == ':' ? net::parse_number(rest.substr(1)) : std::nullopt;
    if (!port || *port > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
    parsed.port = static_cast<std::uint16_t>(*port);
    return parsed;
}

bool is_loopback_name(std::string const& host)
{
    return host.ends_with(".localhost") || net::is_loopback(host); // RFC 6761: never asked of the DNS
}

bool is_wildcard(std::string const& host)
{
    if (host.empty() || host == "*") return true;
    boost::system::error_code error;
    auto const address = asio::ip::make_address(host, error);
    return !error && address.is_unspecified();
}

std::string unbracketed(std::string_view host)
{
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return net::to_lower(host);
}

} // namespace

browser_guard::browser_guard(std::string_view listen_host, std::string_view public_url)
    : listen_host_(unbracketed(listen_host))
    , listens_everywhere_(is_wildcard(listen_host_))
{
    if (auto const parsed = net::parse_url(public_url)) public_ = parsed->at;
}

bool browser_guard::is_own_host(std::string_view host, std::string_view local_address) const
{
    std::string const name(host);
    if (is_loopback_name(name) || name == listen_host_) return true;
    if (public_ && name == public_->host) return true;
    // A listener on all addresses is reached by any of them; a name in their place could be an attacker's.
    return listens_everywhere_ && name == local_address;
}

std::optional<failure> browser_guard::refuses(page_facts const& facts) const
{
    if (facts.hosts.size() != 1) return invalid("host: exactly one Host field is required");
    auto const host = parse_authority(net::trimmed(facts.hosts.front()));
    if (!host) return invalid("host: is not a host and a port");
    if (!is_own_host(host->host, facts.local_address)) return failure(errc::misdirected);

    for (auto const site : facts.fetch_sites)
        if (net::iequals(net::trimmed(site), "cross-site")) return failure(errc::forbidden);

    net::origin own;
    own.host = host->host;
    own.port = host->port.value_or(80);
    for (auto const text : facts.origins) {
        auto const origin = net::parse_url(net::trimmed(text)); // "null", a sandboxed page, is none
        if (!origin || (origin->at != own && origin->at != public_)) return failure(errc::forbidden);
    }
    return {};
}

} // namespace weir::api
