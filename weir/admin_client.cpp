#include "weir/admin_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <sys/socket.h>
#include <sys/time.h>

#include <optional>

namespace weir
{

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;

namespace
{

constexpr std::uint64_t most_answer = 256ULL << 20U;
constexpr timeval longest_wait{.tv_sec = 11 * 60, .tv_usec = 0}; ///< evaluators may take ten minutes

using request = http::request<http::string_body>;
using parser = http::response_parser<http::string_body>;

std::string error_in(json::value const& answer)
{
    auto const* object = answer.if_object();
    auto const* error = object ? object->if_contains("error") : nullptr;
    auto const* text = error ? error->if_string() : nullptr;
    return text ? std::string(text->data(), text->size()) : std::string();
}

} // namespace

/// A connection, under TLS if the URL says so.
class admin_client::connection
{
public:
    explicit connection(net::origin const& to)
        : socket_(io_)
    {
        asio::ip::tcp::resolver names(io_);
        asio::connect(socket_, names.resolve(to.host, std::to_string(to.port)));
        ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &longest_wait, sizeof longest_wait);
        if (!to.tls) return;
        context_.set_default_verify_paths();
        context_.set_verify_mode(asio::ssl::verify_peer);
        tls_.emplace(socket_, context_);
        tls_->set_verify_callback(asio::ssl::host_name_verification(to.host));
        // SSL_set_tlsext_host_name, without its C cast.
        ::SSL_ctrl(tls_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                   const_cast<char*>(to.host.c_str()));
        tls_->handshake(asio::ssl::stream_base::client);
    }

    /// Sends a request and reads the answer; false when the connection is of no further use.
    bool exchange(request const& what, parser& into)
    {
        return tls_ ? exchange_over(*tls_, what, into) : exchange_over(socket_, what, into);
    }

private:
    template <class Stream>
    bool exchange_over(Stream& stream, request const& what, parser& into)
    {
        http::write(stream, what);
        http::read(stream, in_, into);
        return into.get().keep_alive();
    }

    asio::io_context io_;
    asio::ip::tcp::socket socket_;
    asio::ssl::context context_{asio::ssl::context::tls_client};
    std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
    boost::beast::flat_buffer in_;
};

admin_client::admin_client(net::url where, std::string key)
    : where_(std::move(where))
    , key_(std::move(key))
{
}

admin_client::~admin_client() = default;

void admin_client::reconnect() { connection_.reset(); }

json::value admin_client::get(std::string_view path) { return ask("GET", path, {}); }

json::value admin_client::post(std::string_view path, json::value const& body)
{
    return ask("POST", path, json::serialize(body));
}

void admin_client::check()
{
    auto const found = send("GET", "/healthcheck", {}, {});
    auto const* object = found.said.if_object();
    if (found.status == 200 && object && object->contains("status")) return;
    throw admin_error(where_.at.text() + " is not weir's admin side, which is another port than the gateway's "
                                         "(admin.listen, 8585 unless set)");
}

admin_client::answered admin_client::send(std::string_view method, std::string_view path, std::string const& body,
                                          std::string const& key)
{
    request what;
    what.method_string({method.data(), method.size()});
    what.target(where_.path + std::string(path));
    std::string host;
    where_.at.append_host_field(host);
    what.set(http::field::host, host);
    what.set(http::field::user_agent, "weir/" WEIR_VERSION);
    if (!key.empty()) what.set(http::field::authorization, "Bearer " + key);
    if (!body.empty()) what.set(http::field::content_type, "application/json");
    what.body() = body;
    what.prepare_payload();

    parser answer;
    answer.body_limit(most_answer);
    try {
        if (!connection_) connection_ = std::make_unique<connection>(where_.at);
        if (!connection_->exchange(what, answer)) connection_.reset();
    } catch (boost::system::system_error const& failure) {
        connection_.reset();
        throw admin_error(where_.at.text() + " does not answer (" + failure.code().message() +
                          "): is weir running there? --url says where");
    }
    boost::system::error_code no_json;
    auto said = json::parse(answer.get().body(), no_json);
    return {answer.get().result_int(), no_json ? json::value() : std::move(said)};
}

json::value admin_client::ask(std::string_view method, std::string_view path, std::string const& body)
{
    auto const got = send(method, path, body, key_);
    auto const what = std::string(method) + " " + std::string(path);
    if (got.status == 401)
        throw admin_error(where_.at.text() + " wants a key that may change things: give it as WEIR_API_KEY (weir keys "
                                             "create makes one)");
    if (got.status / 100 != 2) {
        auto const why = error_in(got.said);
        throw admin_error(what + ": status " + std::to_string(got.status) + (why.empty() ? "" : ": " + why), got.status,
                          why);
    }
    if (got.status == 204) return nullptr;
    auto const* object = got.said.if_object();
    auto const* data = object ? object->if_contains("data") : nullptr;
    if (!data) throw admin_error(what + ": the answer is none of weir's");
    return *data;
}

} // namespace weir
