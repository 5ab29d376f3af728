#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::net
{

/// Where a server is: a scheme, a host and a port. The host is lower case, an IPv6 address stands without brackets.
struct origin {
    bool tls = false;
    std::string host;
    std::uint16_t port = 80;

    auto operator<=>(origin const&) const = default;

    /// `https://host`, with the port where it is not the scheme's own.
    std::string text() const;
    /// Appends the value of a Host field: as `text`, without the scheme.
    void append_host_field(std::string& to) const;
};

/// An absolute http or https URL, as far as weir uses one.
struct url {
    origin at;
    std::string path; ///< as written, without a trailing slash: empty or "/…"
};

/// Reads an absolute http(s) URL without user information; none when it is not one. Query and fragment are dropped.
std::optional<url> parse_url(std::string_view text);

/// The path and query of an absolute URL, as a request's head has them: at least "/".
std::string target_of_url(std::string_view text);

/// A host and a port to listen on or to reach, from "127.0.0.1:8787", "[::1]:80", "localhost:80".
struct host_port {
    std::string host;
    std::uint16_t port = 0;

    bool operator==(host_port const&) const = default;
};
std::optional<host_port> parse_host_port(std::string_view text);

} // namespace weir::net
