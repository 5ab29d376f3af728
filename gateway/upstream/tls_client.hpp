#pragma once

#include "net/stream.hpp"
#include "net/url.hpp"

#include <boost/asio/ssl/context.hpp>

#include <map>
#include <memory>
#include <string>

namespace weir::gateway
{

/// The last TLS session of one origin, so that the next handshake is a short one. One thread.
class tls_session
{
public:
    tls_session() = default;
    tls_session(tls_session const&) = delete;
    tls_session& operator=(tls_session const&) = delete;
    ~tls_session();

private:
    friend class tls_client;
    void* session_ = nullptr; ///< SSL_SESSION
};

/// How weir speaks TLS to providers: 1.2 or later, the chain verified against the system's trust store and the
/// operator's own anchors, the name against the host. Any thread, after construction.
class tls_client
{
public:
    /// `ca_file`: more trust anchors (PEM), or empty. Throws boost::system::system_error when it cannot be read.
    explicit tls_client(std::string const& ca_file);

    /// Why `ca_file` has no trust anchors, as an error of the configuration; empty when it has, or is empty.
    static std::string problem_with(std::string const& ca_file);

    /// Puts TLS over a connected stream, ready for the handshake. `session` must outlive the stream.
    net::stream::tls_type& prepare(net::stream& over, std::string const& host, tls_session& session);

    /// Ends TLS without a word to the peer. Without this OpenSSL takes the connection for broken, and its session for
    /// one that may not be resumed.
    static void end(net::stream::tls_type& tls);

    /// Why the peer's certificate was refused; empty when it was not.
    static std::string verification_error(net::stream::tls_type& tls);

private:
    boost::asio::ssl::context context_;
};

} // namespace weir::gateway
