#include "net/tls_layer.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <new>
#include <sys/socket.h>

namespace weir::net
{

namespace asio = boost::asio;
using boost::system::error_code;

namespace
{

// A BIO on a socket that may be closed at any time: its descriptor is asked for at each call, so that a number that
// meanwhile belongs to another connection is never used. OpenSSL's own would also raise SIGPIPE.

int descriptor_of(BIO* bio) { return static_cast<tls_layer::socket_type*>(BIO_get_data(bio))->native_handle(); }

bool is_temporary() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int write_to_socket(BIO* bio, char const* from, int size)
{
    BIO_clear_retry_flags(bio);
    auto const n = ::send(descriptor_of(bio), from, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && is_temporary()) BIO_set_retry_write(bio);
    return static_cast<int>(n);
}

int read_from_socket(BIO* bio, char* into, int size)
{
    BIO_clear_retry_flags(bio);
    auto const n = ::recv(descriptor_of(bio), into, static_cast<std::size_t>(size), MSG_DONTWAIT);
    if (n < 0 && is_temporary()) BIO_set_retry_read(bio);
    if (n == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return static_cast<int>(n);
}

long control_socket(BIO* bio, int command, long, void*)
{
    if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD const* socket_method()
{
    static BIO_METHOD const* const method = [] {
        auto* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "weir socket");
        BIO_meth_set_write(made, &write_to_socket);
        BIO_meth_set_read(made, &read_from_socket);
        BIO_meth_set_ctrl(made, &control_socket);
        return made;
    }();
    return method;
}

/// So that what is found afterwards is of the call that follows.
void forget_errors()
{
    ERR_clear_error();
    errno = 0;
}

/// How OpenSSL takes a size.
int limited(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max())); }

} // namespace

tls_layer::tls_layer(socket_type& socket, asio::ssl::context& context)
    : socket_(socket)
    , ssl_(SSL_new(context.native_handle()))
{
    auto* bio = ssl_ ? BIO_new(socket_method()) : nullptr;
    if (!bio) {
        SSL_free(ssl_);
        throw std::bad_alloc();
    }
    BIO_set_data(bio, &socket_);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_, bio, bio);
    SSL_set_mode(ssl_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_set_read_ahead(ssl_, 1); // one system call for a record instead of two
}

tls_layer::~tls_layer() { SSL_free(ssl_); }

tls_layer::step tls_layer::handshake(asio::ssl::stream_base::handshake_type as)
{
    forget_errors();
    return outcome(as == asio::ssl::stream_base::client ? SSL_connect(ssl_) : SSL_accept(ssl_));
}

tls_layer::step tls_layer::read(asio::mutable_buffer into)
{
    if (into.size() == 0) return {};
    forget_errors();
    auto const done = outcome(SSL_read(ssl_, into.data(), limited(into.size())));
    if (done.needs == step::need::readable) SSL_free_buffers(ssl_); // a session ticket leaves one for writing behind
    return done;
}

tls_layer::step tls_layer::write(asio::const_buffer from)
{
    if (from.size() == 0) return {};
    forget_errors();
    return outcome(SSL_write(ssl_, from.data(), limited(from.size())));
}

tls_layer::step tls_layer::end()
{
    bool const is_said = (SSL_get_shutdown(ssl_) & SSL_SENT_SHUTDOWN) != 0; // a second call would wait for the peer's
    if (broken_ || is_said || SSL_in_init(ssl_) != 0) return {};
    forget_errors();
    int const result = SSL_shutdown(ssl_);
    return result >= 0 ? step{} : outcome(result); // 0: the peer has not said the same yet
}

tls_layer::step tls_layer::outcome(int result)
{
    int const system_error = errno;
    step done;
    switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_NONE: done.bytes = static_cast<std::size_t>(result); return done;
    case SSL_ERROR_WANT_READ: done.needs = step::need::readable; return done;
    case SSL_ERROR_WANT_WRITE: done.needs = step::need::writable; return done;
    case SSL_ERROR_ZERO_RETURN: done.error = asio::error::eof; return done;
    case SSL_ERROR_SYSCALL:
        done.error = system_error != 0 ? error_code(system_error, boost::system::system_category())
                                       : error_code(asio::ssl::error::stream_truncated);
        break;
    default: {
        auto const code = ERR_get_error();
        done.error = error_code(static_cast<int>(code), asio::error::get_ssl_category());
        if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) done.error = asio::ssl::error::stream_truncated;
        break;
    }
    }
    broken_ = true;
    return done;
}

} // namespace weir::net
