#include "tests/support/tls_server.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <utility>

namespace weir::test
{

struct authority::parts {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = nullptr;
};

namespace
{

void check(bool good)
{
    if (!good) throw std::runtime_error(ERR_error_string(ERR_get_error(), nullptr));
}

void extend(X509* certificate, X509* issuer, int kind, std::string const& value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    auto* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    check(extension != nullptr);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

/// Valid for an hour, with `common_name`; the issuer's name and the signature are still to come.
X509* blank_certificate(EVP_PKEY* key, std::string const& common_name, long serial)
{
    auto* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               reinterpret_cast<unsigned char const*>(common_name.c_str()), -1, -1, 0);
    X509_set_pubkey(certificate, key);
    return certificate;
}

} // namespace

authority::authority()
    : parts_(std::make_unique<parts>())
{
    static std::atomic<int> count{0}; // authorities of one name could not be told apart
    auto*& made = parts_->certificate;
    made = blank_certificate(parts_->key, "weir test authority " + std::to_string(++count), 1);
    X509_set_issuer_name(made, X509_get_subject_name(made));
    extend(made, made, NID_basic_constraints, "critical,CA:TRUE");
    extend(made, made, NID_key_usage, "critical,keyCertSign");
    check(X509_sign(made, parts_->key, EVP_sha256()) != 0);
}

authority::~authority()
{
    X509_free(parts_->certificate);
    EVP_PKEY_free(parts_->key);
}

namespace
{

/// What `write` puts into the BIO that it gets.
template <class Write>
std::string written(Write write)
{
    auto* out = BIO_new(BIO_s_mem());
    write(out);
    char* text = nullptr;
    auto const size = BIO_get_mem_data(out, &text);
    std::string const result(text, static_cast<std::size_t>(size));
    BIO_free(out);
    return result;
}

long next_serial()
{
    static std::atomic<long> last{1};
    return ++last;
}

} // namespace

std::string authority::pem() const
{
    return written([this](BIO* out) { PEM_write_bio_X509(out, parts_->certificate); });
}

tls_identity::tls_identity(authority const& by, std::string const& name)
    : context_(SSL_CTX_new(TLS_server_method()))
{
    std::signal(SIGPIPE, SIG_IGN); // OpenSSL writes without MSG_NOSIGNAL
    auto* key = EVP_EC_gen("P-256");
    auto* certificate = blank_certificate(key, name, next_serial());
    X509_set_issuer_name(certificate, X509_get_subject_name(by.get().certificate));
    bool const is_address = name.find_first_not_of("0123456789.") == std::string::npos;
    extend(certificate, by.get().certificate, NID_subject_alt_name, (is_address ? "IP:" : "DNS:") + name);
    check(X509_sign(certificate, by.get().key, EVP_sha256()) != 0);
    check(SSL_CTX_use_certificate(context_, certificate) == 1 && SSL_CTX_use_PrivateKey(context_, key) == 1);
    SSL_CTX_set_alpn_select_cb(
        context_,
        [](SSL*, unsigned char const** out, unsigned char* out_size, unsigned char const* in, unsigned in_size, void*) {
            static unsigned char const own[] = "\x08http/1.1";
            auto** chosen = const_cast<unsigned char**>(out);
            return SSL_select_next_proto(chosen, out_size, own, sizeof own - 1, in, in_size) == OPENSSL_NPN_NEGOTIATED
                       ? SSL_TLSEXT_ERR_OK
                       : SSL_TLSEXT_ERR_NOACK;
        },
        nullptr);
    static unsigned char const session_context[] = "weir";
    SSL_CTX_set_session_id_context(context_, session_context, sizeof session_context - 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

tls_identity::~tls_identity() { SSL_CTX_free(context_); }

void tls_identity::speak_only(int version) const
{
    SSL_CTX_set_security_level(context_, 0);
    check(SSL_CTX_set_min_proto_version(context_, version) == 1 &&
          SSL_CTX_set_max_proto_version(context_, version) == 1);
}

std::string tls_identity::certificate_pem() const
{
    return written([this](BIO* out) { PEM_write_bio_X509(out, SSL_CTX_get0_certificate(context_)); });
}

std::string tls_identity::key_pem(std::string const& passphrase) const
{
    return written([&](BIO* out) {
        auto* const key = SSL_CTX_get0_privatekey(context_);
        if (passphrase.empty())
            PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
        else
            PEM_write_bio_PKCS8PrivateKey(out, key, EVP_aes_256_cbc(), passphrase.data(),
                                          static_cast<int>(passphrase.size()), nullptr, nullptr);
    });
}

long tls_identity::serial() const
{
    return ASN1_INTEGER_get(X509_get0_serialNumber(SSL_CTX_get0_certificate(context_)));
}

tls_connection::tls_connection(connection over, tls_identity const& identity)
    : over_(std::move(over))
    , ssl_(SSL_new(identity.context()))
{
    timeval const limit{patience.count(), 0};
    ::setsockopt(over_.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(over_.descriptor(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    SSL_set_fd(ssl_, over_.descriptor());
    open_ = SSL_accept(ssl_) == 1;
}

tls_connection::tls_connection(tls_connection&& other) noexcept
    : over_(std::move(other.over_))
    , ssl_(std::exchange(other.ssl_, nullptr))
    , open_(other.open_)
    , buffer_(std::move(other.buffer_))
{
}

tls_connection::~tls_connection() { SSL_free(ssl_); }

bool tls_connection::was_resumed() const { return SSL_session_reused(ssl_) == 1; }

std::string tls_connection::server_name() const
{
    auto const* name = SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name);
    return name ? name : "";
}

std::string tls_connection::protocol() const
{
    unsigned char const* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_, &name, &size);
    return {reinterpret_cast<char const*>(name), size};
}

void tls_connection::read_more()
{
    char some[4096];
    int const n = SSL_read(ssl_, some, sizeof some);
    if (n <= 0) throw std::runtime_error("the TLS connection ended, with: " + buffer_);
    buffer_.append(some, static_cast<std::size_t>(n));
}

std::string tls_connection::read_head()
{
    while (buffer_.find("\r\n\r\n") == std::string::npos) read_more();
    return read_exactly(buffer_.find("\r\n\r\n") + 4);
}

std::string tls_connection::read_exactly(std::size_t n)
{
    while (buffer_.size() < n) read_more();
    auto const text = buffer_.substr(0, n);
    buffer_.erase(0, n);
    return text;
}

void tls_connection::send(std::string_view bytes)
{
    if (SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) <= 0)
        throw std::runtime_error("the TLS connection took nothing");
}

void tls_connection::send_together(std::initializer_list<std::string_view> records)
{
    auto const hold_back = [this](int on) { ::setsockopt(over_.descriptor(), IPPROTO_TCP, TCP_CORK, &on, sizeof on); };
    hold_back(1);
    for (auto const record : records) send(record);
    hold_back(0);
}

void tls_connection::end()
{
    SSL_shutdown(ssl_);
    over_.close();
}

void tls_connection::cut()
{
    SSL_set_quiet_shutdown(ssl_, 1);
    over_.close();
}

} // namespace weir::test
