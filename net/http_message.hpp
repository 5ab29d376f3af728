#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// HTTP/1 messages as a relay needs them: Beast's basic_parser observes the bytes, nothing is copied into containers
/// but the head, once.
namespace weir::net
{

struct field {
    std::string_view name, value;
    boost::beast::http::field id = {}; ///< which of the names that Beast knows it is: to compare by; else `unknown`

    field(std::string_view n, std::string_view v, boost::beast::http::field known)
        : name(n)
        , value(v)
        , id(known)
    {
    }
    field(std::string_view n, std::string_view v)
        : field(n, v, boost::beast::http::string_to_field({n.data(), n.size()}))
    {
    }
};

/// What both kinds of head have. The views point into `raw`, so a head is moved with care and never copied.
struct message_head {
    std::string raw;
    std::vector<field> fields;
    unsigned version = 11; ///< 10 or 11
    bool keep_alive = true;
    bool chunked = false;
    std::optional<std::uint64_t> content_length;

    /// The value of the first field of that name, or none.
    std::optional<std::string_view> find(std::string_view name) const;
    std::optional<std::string_view> find(boost::beast::http::field id) const;
};

struct request_head : message_head {
    std::string_view method, target;
    bool expects_continue = false;
};

struct response_head : message_head {
    unsigned status = 0;
    std::string_view reason;
};

/// Why a head or a body is refused. Each has one status (gateway/error_reply.hpp).
enum class http_error {
    malformed = 1,    ///< not HTTP/1, or a form that proxies and servers read differently
    header_too_large, ///< 431
    bad_method,       ///< 501
};
boost::system::error_code make_error_code(http_error code);

} // namespace weir::net

template <>
struct boost::system::is_error_code_enum<weir::net::http_error> : std::true_type {
};

namespace weir::net
{

/// Observes one message. Feed it the head from its first byte, then the body. The subclasses add what differs.
template <bool IsRequest>
class message_parser : private boost::beast::http::basic_parser<IsRequest>
{
    using base = boost::beast::http::basic_parser<IsRequest>;

public:
    using head_type = std::conditional_t<IsRequest, request_head, response_head>;

    /// `header_limit`: bytes of head, and of what a chunk's frame or a trailer may hold back.
    explicit message_parser(std::uint32_t header_limit);

    /// A response to HEAD: no body, whatever its head says. Before the first byte.
    void expect_no_body() { base::skip(true); }

    /// Looks for the whole head at the beginning of `bytes`. Returns its length, or 0 when more bytes are needed: call
    /// again with the same bytes and those that came. The head's strings are copied, `bytes` need not stay.
    std::size_t parse_head(std::string_view bytes, boost::system::error_code& error);

    head_type& head() { return head_; }

    /// Observes bytes of the body. Returns how many were understood; the rest (an unfinished chunk frame) is to be
    /// presented again, in front of what comes next. `body_pieces` then views the body bytes among them.
    std::size_t parse_body(std::string_view bytes, boost::system::error_code& error);

    /// The body bytes that the last parse_body met, as views into what it was given.
    std::vector<std::string_view> const& body_pieces() const { return pieces_; }

    /// The peer ended the connection: an error when the message needed more.
    void parse_end(boost::system::error_code& error);

    bool has_head() const { return base::is_header_done(); }
    bool is_done() const { return base::is_done(); }
    bool until_end_of_connection() const { return base::need_eof(); }

private:
    using string_view = boost::beast::string_view;
    using error_code = boost::beast::error_code;

    void on_request_impl(boost::beast::http::verb, string_view method, string_view target, int version,
                         error_code&) override;
    void on_response_impl(int status, string_view reason, int version, error_code&) override;
    void on_field_impl(boost::beast::http::field, string_view name, string_view value, error_code&) override;
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
    std::size_t on_body_impl(string_view body, error_code&) override;
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override;
    void on_finish_impl(error_code&) override {}

    /// The length of the head that `bytes` begins with, or 0 while its end has not come.
    std::size_t find_head_end(std::string_view bytes, boost::system::error_code& error);

    head_type head_;
    std::size_t searched_ = 0; ///< bytes in which the head's end was looked for
    std::size_t line_begin_ = 0;
    bool is_folded_ = false; ///< a line continues the field before it: Beast joins them, others read another field
    std::vector<std::string_view> pieces_;
    std::uint32_t const header_limit_;
    bool wants_five_ = false; ///< see parse_body
};

extern template class message_parser<true>;
extern template class message_parser<false>;

using request_parser = message_parser<true>;
using response_parser = message_parser<false>;

} // namespace weir::net
