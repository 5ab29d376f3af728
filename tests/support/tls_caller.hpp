#pragma once

#include "tests/support/sockets.hpp"
#include "tests/support/tls_server.hpp"

#include <memory>
#include <string>
#include <string_view>

struct ssl_session_st;

namespace weir::test
{

/// The client's side of TLS connections: whom it trusts, what it offers, and the session to be carried on.
class tls_manners
{
public:
    explicit tls_manners(authority const& trusted);
    tls_manners(tls_manners const&) = delete;
    tls_manners& operator=(tls_manners const&) = delete;
    ~tls_manners();

    std::string protocols = "http/1.1";      ///< one, for ALPN
    int least_version = 0, most_version = 0; ///< OpenSSL's numbers; 0: whatever it knows

    ssl_ctx_st* context() const { return context_; }
    ssl_session_st* session() const { return session_; }

private:
    ssl_ctx_st* context_;
    ssl_session_st* session_ = nullptr; ///< the last that a server gave
};

/// One TLS connection to a gateway. Every wait ends by a timeout of the socket, as an error.
class tls_caller
{
public:
    /// Makes the handshake; `is_open` says whether it succeeded with a server called localhost.
    tls_caller(connection over, tls_manners const& how);
    tls_caller(tls_caller const&) = delete;
    tls_caller& operator=(tls_caller const&) = delete;
    ~tls_caller();

    bool is_open() const { return open_; }
    bool was_resumed() const;
    std::string protocol() const;
    std::string version() const;
    /// The number that tells the server's certificates apart.
    long serial() const;

    void send(std::string_view bytes);
    /// What came, through `mark`. Throws when the connection ends before it.
    std::string read_until(std::string_view mark);
    std::string read_exactly(std::size_t n);
    /// What comes until the server ends the connection.
    std::string read_to_end();
    /// How it ended: the server said so (close_notify).
    bool ended_properly() const { return ended_properly_; }
    /// Asks for a renegotiation (TLS 1.2); whether the server agreed.
    bool renegotiate();

    connection& under() { return over_; }

private:
    bool read_more();

    connection over_;
    ssl_st* ssl_;
    bool open_ = false, ended_properly_ = false;
    std::string buffer_;
};

} // namespace weir::test
