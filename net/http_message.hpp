#pragma once

#include <boost/beast/http/field.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// HTTP/1 messages as a relay needs them (RFC 9112): the bytes are observed, nothing is copied but the head, once. What
/// readers of HTTP disagree on is refused, not interpreted.
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
    header_too_large, ///< 431: more bytes than allowed, or more than 500 fields
    bad_method,       ///< 501
};
boost::system::error_code make_error_code(http_error code);

} // namespace weir::net

template <>
struct boost::system::is_error_code_enum<weir::net::http_error> : std::true_type {
};

namespace weir::net
{

/// Observes one message. Feed it the head from its first byte, then the body.
template <bool IsRequest>
class message_parser
{
public:
    using head_type = std::conditional_t<IsRequest, request_head, response_head>;

    /// `header_limit`: bytes of head, of a chunk's frame, and of the trailer.
    explicit message_parser(std::uint32_t header_limit);

    /// A response to HEAD: no body, whatever its head says. Before the first byte.
    void expect_no_body() { answers_head_ = true; }

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

    /// How much of a body with a length, or of the present chunk, is still to come.
    std::uint64_t announced_bytes() const { return left_; }

    bool has_head() const { return has_head_; }
    bool is_done() const { return has_head_ && stage_ == stage::done; }
    bool until_end_of_connection() const { return has_head_ && ends_with_connection_; }

private:
    /// What comes next of the body.
    enum class stage : unsigned char { counted, to_the_end, chunk_size, chunk_data, chunk_end, trailer, done };

    std::size_t find_head_end(std::string_view bytes, boost::system::error_code& error);
    bool read_head(boost::system::error_code& error);
    stage first_stage() const;
    bool step(std::string_view bytes, std::size_t& used);
    bool take_data(std::string_view bytes, std::size_t& used, stage behind);
    bool read_size_line(std::string_view line);
    bool read_trailer_line(std::string_view line);

    head_type head_;
    std::vector<std::string_view> pieces_;
    std::uint32_t const header_limit_;
    std::size_t searched_ = 0;      ///< bytes in which the head's end was looked for
    std::uint64_t left_ = 0;        ///< of a counted body, or of the chunk
    std::size_t trailer_bytes_ = 0; ///< so far
    stage stage_ = stage::done;
    bool answers_head_ = false, has_head_ = false, ends_with_connection_ = false;
};

extern template class message_parser<true>;
extern template class message_parser<false>;

using request_parser = message_parser<true>;
using response_parser = message_parser<false>;

} // namespace weir::net
