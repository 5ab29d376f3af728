#pragma once

#include "net/stream.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/system/result.hpp>

#include <memory>
#include <mutex>
#include <string>

namespace weir::gateway
{

/// How weir speaks TLS to clients: 1.2 or later, HTTP/1.1, with session tickets and without renegotiation. Any thread.
class tls_server
{
public:
    /// `certificate`: a PEM file with the server's certificate and those that lead to an authority, in this order.
    /// `key`: a PEM file with its private key, without a passphrase. Throws a std::runtime_error that names the
    /// setting, the file and what is wrong with it.
    tls_server(std::string certificate, std::string key);

    /// What is wrong with two such files, as a line for the operator; empty when they can be used, or are not named.
    static std::string problem_with(std::string const& certificate, std::string const& key);

    /// Reads the files again, for connections that begin from now on. When something is wrong with them, says what and
    /// goes on with those it has.
    std::string reload();

    /// Puts TLS over an accepted connection, ready for the handshake.
    net::stream::tls_type& prepare(net::stream& over);

    /// Whether what a client has sent looks like a request without TLS. To be asked once something has come.
    static bool speaks_plain_http(net::stream& with);

private:
    using context = std::shared_ptr<boost::asio::ssl::context>;

    static boost::system::result<context, std::string> load(std::string const& certificate, std::string const& key);

    std::string const certificate_, key_;
    std::mutex mutex_;
    context context_; ///< guarded by mutex_
};

} // namespace weir::gateway
