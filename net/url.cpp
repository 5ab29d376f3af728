#include "net/url.hpp"

#include "net/text.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace weir::net
{

void origin::append_host_field(std::string& to) const
{
    bool const is_v6 = host.find(':') != host.npos;
    if (is_v6) to += '[';
    to += host;
    if (is_v6) to += ']';
    if (port == (tls ? 443 : 80)) return;
    std::array<char, 5> digits;
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), port).ptr;
    to.append(1, ':').append(digits.data(), end);
}

std::string origin::text() const
{
    std::string out = tls ? "https://" : "http://";
    append_host_field(out);
    return out;
}

std::optional<url> parse_url(std::string_view text)
{
    auto const parsed = boost::urls::parse_uri(boost::core::string_view(text.data(), text.size()));
    if (!parsed) return std::nullopt;
    auto const& view = *parsed;
    bool const tls = view.scheme_id() == boost::urls::scheme::https;
    if (!tls && view.scheme_id() != boost::urls::scheme::http) return std::nullopt;
    if (!view.has_authority() || view.has_userinfo() || view.encoded_host().empty()) return std::nullopt;
    // Boost.URL leaves what follows the host unread when it is no port.
    auto const authority = text.substr(text.find("//") + 2);
    auto const behind_host = authority.substr(std::min<std::size_t>(view.encoded_host().size(), authority.size()));
    auto const port_text = behind_host.substr(0, behind_host.find_first_of("/?#"));
    if (!port_text.empty() &&
        (port_text.front() != ':' || (port_text.size() > 1 && !parse_number(port_text.substr(1)))))
        return std::nullopt;

    std::string host = to_lower(std::string_view(view.encoded_host().data(), view.encoded_host().size()));
    if (host.find('%') != host.npos) return std::nullopt;
    if (host.front() == '[') host = host.substr(1, host.size() - 2);
    if (host.size() > 1 && host.back() == '.') host.pop_back();

    std::uint16_t port = tls ? 443 : 80;
    if (view.has_port() && !view.port().empty()) {
        auto const number = parse_number({view.port().data(), view.port().size()});
        if (!number || *number == 0 || *number > 65535) return std::nullopt;
        port = static_cast<std::uint16_t>(*number);
    }
    std::string path(view.encoded_path().data(), view.encoded_path().size());
    while (!path.empty() && path.back() == '/') path.pop_back();
    return url{origin{tls, std::move(host), port}, std::move(path)};
}

std::string target_of_url(std::string_view text)
{
    text = text.substr(0, text.find('#'));
    auto const scheme = text.find("://");
    auto const begin = text.find_first_of("/?", scheme == text.npos ? 0 : scheme + 3);
    std::string const target(begin == text.npos ? std::string_view() : text.substr(begin));
    return target.starts_with('/') ? target : "/" + target;
}

std::optional<host_port> parse_host_port(std::string_view text)
{
    auto const colon = text.rfind(':');
    if (colon == text.npos) return std::nullopt;
    auto const number = parse_number(text.substr(colon + 1));
    if (!number || *number > 65535) return std::nullopt;
    auto host = text.substr(0, colon);
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    else if (host.find(':') != host.npos)
        return std::nullopt;
    if (host.empty()) return std::nullopt;
    return host_port{std::string(host), static_cast<std::uint16_t>(*number)};
}

} // namespace weir::net
