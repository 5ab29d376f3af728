#include "tests/support/tls_caller.hpp"

#include "tests/support/read_buffer.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <sys/socket.h>
#include <sys/time.h>

#include <csignal>
#include <utility>

namespace weir::test
{
namespace
{

int session_slot()
{
    static int const index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

int keep_session(SSL* from, SSL_SESSION* fresh)
{
    auto* const slot = static_cast<SSL_SESSION**>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(from), session_slot()));
    SSL_SESSION_free(std::exchange(*slot, fresh));
    return 1;
}

} // namespace

tls_manners::tls_manners(authority const& trusted)
    : context_(SSL_CTX_new(TLS_client_method()))
{
    std::signal(SIGPIPE, SIG_IGN); // OpenSSL writes without MSG_NOSIGNAL
    auto const pem = trusted.pem();
    auto* const source = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    auto* const certificate = PEM_read_bio_X509(source, nullptr, nullptr, nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), certificate);
    X509_free(certificate);
    BIO_free(source);
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_ex_data(context_, session_slot(), &session_);
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_sess_set_new_cb(context_, &keep_session);
}

tls_manners::~tls_manners()
{
    SSL_SESSION_free(session_);
    SSL_CTX_free(context_);
}

tls_caller::tls_caller(connection over, tls_manners const& how)
    : over_(std::move(over))
    , ssl_(SSL_new(how.context()))
{
    timeval const limit{patience.count(), 0};
    ::setsockopt(over_.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(over_.descriptor(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    SSL_set_fd(ssl_, over_.descriptor());
    SSL_set1_host(ssl_, "localhost");
    SSL_set_min_proto_version(ssl_, how.least_version);
    SSL_set_max_proto_version(ssl_, how.most_version);
    if (how.least_version != 0) SSL_set_security_level(ssl_, 0); // for versions that only a test speaks
    std::string const offered = static_cast<char>(how.protocols.size()) + how.protocols;
    SSL_set_alpn_protos(ssl_, reinterpret_cast<unsigned char const*>(offered.data()),
                        static_cast<unsigned>(offered.size()));
    if (how.session()) SSL_set_session(ssl_, how.session());
    open_ = SSL_connect(ssl_) == 1;
}

tls_caller::~tls_caller()
{
    SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN); // else OpenSSL takes the session for one that may not be carried on
    SSL_free(ssl_);
}

bool tls_caller::was_resumed() const { return SSL_session_reused(ssl_) == 1; }

std::string tls_caller::protocol() const
{
    unsigned char const* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_, &name, &size);
    return {reinterpret_cast<char const*>(name), size};
}

std::string tls_caller::version() const { return SSL_get_version(ssl_); }

long tls_caller::serial() const
{
    auto* const certificate = SSL_get0_peer_certificate(ssl_);
    return certificate ? ASN1_INTEGER_get(X509_get0_serialNumber(certificate)) : 0;
}

void tls_caller::send(std::string_view bytes)
{
    if (SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) <= 0)
        throw std::runtime_error("the TLS connection took nothing");
}

bool tls_caller::read_more()
{
    char some[16 * 1024];
    int const n = SSL_read(ssl_, some, sizeof some);
    if (n > 0) {
        buffer_.append(some, static_cast<std::size_t>(n));
        return true;
    }
    ended_properly_ = SSL_get_error(ssl_, n) == SSL_ERROR_ZERO_RETURN;
    return false;
}

std::string tls_caller::read_until(std::string_view mark)
{
    return take_through(mark, buffer_, [this] { return read_more(); });
}

std::string tls_caller::read_exactly(std::size_t n)
{
    return take_exactly(n, buffer_, [this] { return read_more(); });
}

std::string tls_caller::read_to_end()
{
    while (read_more()) {
    }
    return std::exchange(buffer_, {});
}

bool tls_caller::renegotiate()
{
    if (SSL_renegotiate(ssl_) != 1 || SSL_do_handshake(ssl_) != 1) return false;
    return read_more(); // the server's answer
}

} // namespace weir::test
