#include "gateway/upstream/tls_client.hpp"

#include <boost/asio/ip/address.hpp>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace weir::gateway
{

namespace ssl = boost::asio::ssl;

namespace
{

/// Where an SSL keeps the pointer to its tls_session.
int session_index()
{
    static int const index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

} // namespace

tls_session::~tls_session() { SSL_SESSION_free(static_cast<SSL_SESSION*>(session_)); }

tls_client::tls_client(std::string const& ca_file)
    : context_(ssl::context::tls_client)
{
    context_.set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                         ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
    context_.set_default_verify_paths();
    if (!ca_file.empty()) context_.load_verify_file(ca_file);
    context_.set_verify_mode(ssl::verify_peer);

    auto* native = context_.native_handle();
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    static constexpr unsigned char alpn[] = "\x08http/1.1";
    SSL_CTX_set_alpn_protos(native, alpn, sizeof alpn - 1);
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_sess_set_new_cb(native, [](SSL* of, SSL_SESSION* fresh) {
        auto* slot = static_cast<void**>(SSL_get_ex_data(of, session_index()));
        if (!slot) return 0;
        SSL_SESSION_free(static_cast<SSL_SESSION*>(std::exchange(*slot, fresh)));
        return 1; // the reference is ours now
    });
}

std::string tls_client::problem_with(std::string const& ca_file)
{
    if (ca_file.empty()) return {};
    ssl::context trying(ssl::context::tls_client);
    boost::system::error_code error;
    trying.load_verify_file(ca_file, error);
    if (!error) return {};
    return "gateway.ca_file: " + ca_file + " is no file of certificates in PEM's form that can be read (" +
           error.message() + ")";
}

net::stream::tls_type& tls_client::prepare(net::stream& over, std::string const& host, tls_session& session)
{
    auto& tls = over.add_tls(context_);
    auto* native = tls.native_handle();
    SSL_set_ex_data(native, session_index(), &session.session_);
    if (session.session_) SSL_set_session(native, static_cast<SSL_SESSION*>(session.session_));

    boost::system::error_code not_address;
    boost::asio::ip::make_address(host, not_address);
    if (not_address) {
        // SSL_set_tlsext_host_name, without its C cast.
        SSL_ctrl(native, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str()));
        SSL_set1_host(native, host.c_str());
    } else {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(native), host.c_str());
    }
    return tls;
}

void tls_client::end(net::stream::tls_type& tls)
{
    SSL_set_shutdown(tls.native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

std::string tls_client::verification_error(net::stream::tls_type& tls)
{
    auto const code = SSL_get_verify_result(tls.native_handle());
    return code == X509_V_OK ? std::string() : X509_verify_cert_error_string(code);
}

} // namespace weir::gateway
