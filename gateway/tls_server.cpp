#include "gateway/tls_server.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>

namespace weir::gateway
{

namespace asio = boost::asio;
namespace ssl = asio::ssl;

namespace
{

constexpr unsigned char own_protocols[] = "\x08http/1.1";

std::optional<std::string> content_of(std::string const& file)
{
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored)) return std::nullopt;
    std::ifstream in(file, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(in), {});
    if (!in.is_open() || in.bad()) return std::nullopt;
    return text;
}

/// Chooses what is spoken over TLS. A client that can speak none of it is refused, as RFC 7301 has it: it would not
/// understand the answers.
int choose_protocol(SSL*, unsigned char const** chosen, unsigned char* chosen_size, unsigned char const* offered,
                    unsigned offered_size, void*)
{
    auto** const out = const_cast<unsigned char**>(chosen);
    int const found =
        SSL_select_next_proto(out, chosen_size, own_protocols, sizeof own_protocols - 1, offered, offered_size);
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// A key with a passphrase is refused; OpenSSL would ask for it at the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

std::string use_key(SSL_CTX* to, std::string const& file, std::string const& text, std::string const& certificate)
{
    auto* const source = BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
    auto* const key = PEM_read_bio_PrivateKey(source, nullptr, &no_passphrase, nullptr);
    BIO_free(source);
    if (!key) return "gateway.tls.key: " + file + " has no private key in PEM form, or one with a passphrase";
    bool const belongs = SSL_CTX_use_PrivateKey(to, key) == 1 && SSL_CTX_check_private_key(to) == 1;
    EVP_PKEY_free(key);
    return belongs ? std::string()
                   : "gateway.tls.key: " + file + " is not the key of the certificate in " + certificate;
}

void set_manners(ssl::context& context)
{
    auto* const native = context.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(native, &choose_protocol, nullptr);
    // Tickets alone carry sessions on: they cost no memory here, and all threads can read them.
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
}

} // namespace

boost::system::result<tls_server::context, std::string> tls_server::load(std::string const& certificate,
                                                                         std::string const& key)
{
    auto const chain = content_of(certificate);
    if (!chain) return "gateway.tls.certificate: " + certificate + " cannot be read";
    auto const secret = content_of(key);
    if (!secret) return "gateway.tls.key: " + key + " cannot be read";

    auto made = std::make_shared<ssl::context>(ssl::context::tls_server);
    set_manners(*made);
    boost::system::error_code error;
    made->use_certificate_chain(asio::buffer(*chain), error);
    if (error)
        return "gateway.tls.certificate: " + certificate + " has no certificate in PEM form that can be used (" +
               error.message() + ")";
    if (auto problem = use_key(made->native_handle(), key, *secret, certificate); !problem.empty()) return problem;
    return made;
}

tls_server::tls_server(std::string certificate, std::string key)
    : certificate_(std::move(certificate))
    , key_(std::move(key))
{
    auto loaded = load(certificate_, key_);
    if (!loaded) throw std::runtime_error(loaded.error());
    context_ = std::move(*loaded);
}

std::string tls_server::problem_with(std::string const& certificate, std::string const& key)
{
    if (certificate.empty()) return {};
    auto const loaded = load(certificate, key);
    return loaded ? std::string() : loaded.error();
}

std::string tls_server::reload()
{
    auto loaded = load(certificate_, key_);
    if (!loaded) return loaded.error();
    std::scoped_lock const lock(mutex_);
    context_ = std::move(*loaded);
    return {};
}

net::stream::tls_type& tls_server::prepare(net::stream& over)
{
    auto const current = [&] {
        std::scoped_lock const lock(mutex_);
        return context_;
    }();
    return over.add_tls(*current);
}

bool tls_server::speaks_plain_http(net::stream& with)
{
    char first = 0;
    auto const n = ::recv(with.socket().native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 1 && std::isalpha(static_cast<unsigned char>(first)) != 0; // TLS begins with 22
}

} // namespace weir::gateway
