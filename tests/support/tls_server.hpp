#pragma once

#include "tests/support/sockets.hpp"

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;

namespace weir::test
{

/// A certificate authority made for a test, and the certificates it signs.
class authority
{
public:
    authority();
    ~authority();

    /// Its own certificate, for a client's trust store.
    std::string pem() const;

    struct parts;
    parts const& get() const { return *parts_; }

private:
    std::unique_ptr<parts> parts_;
};

/// What a TLS server needs: a certificate for `name` (a DNS name, or an IPv4 address) signed by `by`, and its key. No
/// two have the same serial number.
class tls_identity
{
public:
    tls_identity(authority const& by, std::string const& name);
    tls_identity(tls_identity const&) = delete;
    tls_identity& operator=(tls_identity const&) = delete;
    ~tls_identity();

    ssl_ctx_st* context() const { return context_; }

    /// From now on nothing but this version (OpenSSL's number), one that only a test speaks included.
    void speak_only(int version) const;

    /// The same as files.
    std::string certificate_pem() const;
    std::string key_pem(std::string const& passphrase = "") const;
    long serial() const;

private:
    ssl_ctx_st* context_;
};

/// The server's side of one TLS connection.
class tls_connection
{
public:
    /// Makes the handshake; `is_open` says whether it succeeded.
    tls_connection(connection over, tls_identity const& identity);
    tls_connection(tls_connection&& other) noexcept;
    ~tls_connection();

    bool is_open() const { return open_; }
    bool was_resumed() const;
    /// The name that the client asked for (SNI).
    std::string server_name() const;
    /// What the client and the server agreed to speak (ALPN).
    std::string protocol() const;

    std::string read_head();
    std::string read_exactly(std::size_t n);
    void send(std::string_view bytes);
    /// Each in a record of its own, all of them in one segment.
    void send_together(std::initializer_list<std::string_view> records);
    /// Ends the TLS layer as it should be, then the connection.
    void end();
    /// Ends the connection under the TLS layer.
    void cut();

private:
    void read_more();

    connection over_;
    ssl_st* ssl_;
    bool open_ = false;
    std::string buffer_;
};

} // namespace weir::test
