#include "net/http_message.hpp"

#include "net/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace weir::net
{

namespace http = boost::beast::http;
using boost::system::error_code;

std::optional<std::string_view> message_head::find(std::string_view name) const
{
    auto const id = http::string_to_field({name.data(), name.size()});
    if (id != http::field::unknown) return find(id);
    for (auto const& f : fields)
        if (f.id == id && iequals(f.name, name)) return f.value;
    return std::nullopt;
}

std::optional<std::string_view> message_head::find(http::field id) const
{
    for (auto const& f : fields)
        if (f.id == id) return f.value;
    return std::nullopt;
}

namespace
{

struct http_category final : boost::system::error_category {
    char const* name() const noexcept override { return "weir.http"; }
    std::string message(int code) const override
    {
        switch (static_cast<http_error>(code)) {
        case http_error::malformed: return "malformed HTTP message";
        case http_error::header_too_large: return "message head too large";
        case http_error::bad_method: return "method not supported";
        }
        return "unknown";
    }
};

/// More than SDKs and providers usually send.
constexpr std::size_t usual_fields = 24;

constexpr std::array<std::string_view, 7> methods{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"};

/// Origin form with the characters that RFC 3986 has for path and query, '|', '^', '`', '{', '}' and '[' ']' besides,
/// which clients send unescaped. Servers disagree on the rest ('#', '\\', quotes, controls, bytes above 0x7F).
bool is_origin_form(std::string_view target)
{
    if (target.empty() || target.front() != '/') return false;
    return std::all_of(target.begin(), target.end(), [](char c) {
        return c > ' ' && c < 0x7F && c != '#' && c != '"' && c != '<' && c != '>' && c != '\\';
    });
}

/// Framing that readers of HTTP disagree on is refused, not interpreted: it is how requests are smuggled (RFC 9112 §6).
bool read_framing(message_head& head, error_code& error)
{
    std::size_t codings = 0, lengths = 0;
    for (auto const& f : head.fields) {
        if (f.id == http::field::transfer_encoding) {
            ++codings;
            head.chunked = iequals(f.value, "chunked");
            if (!head.chunked) error = http_error::malformed;
        } else if (f.id == http::field::content_length) {
            ++lengths;
            head.content_length = parse_number(f.value);
            if (!head.content_length) error = http_error::malformed;
        }
    }
    if (codings > 1 || lengths > 1 || (codings != 0 && lengths != 0)) error = http_error::malformed;
    if (codings != 0 && head.version < 11) error = http_error::malformed;
    return !error;
}

void check_request(request_head& head, error_code& error)
{
    if (std::find(methods.begin(), methods.end(), head.method) == methods.end()) {
        error = http_error::bad_method;
        return;
    }
    if (!is_origin_form(head.target)) error = http_error::malformed;
    std::size_t hosts = 0;
    for (auto const& f : head.fields) {
        if (f.id == http::field::host) ++hosts;
        if (f.id == http::field::expect && iequals(f.value, "100-continue")) head.expects_continue = true;
    }
    if (hosts > 1 || (hosts == 0 && head.version == 11)) error = http_error::malformed;
    if (!error) read_framing(head, error);
}

void check_response(response_head& head, error_code& error)
{
    if (head.status < 100 || head.status > 599) error = http_error::malformed;
    if (!error) read_framing(head, error);
}

} // namespace

error_code make_error_code(http_error code)
{
    static http_category const category;
    return {static_cast<int>(code), category};
}

template <bool IsRequest>
message_parser<IsRequest>::message_parser(std::uint32_t header_limit)
    : header_limit_(header_limit)
{
    base::body_limit(boost::none);
    base::header_limit(header_limit);
    head_.fields.reserve(usual_fields);
}

template <bool IsRequest>
std::size_t message_parser<IsRequest>::find_head_end(std::string_view bytes, error_code& error)
{
    // What can be no HTTP is refused as it comes: a peer that never sends CRLF would else be waited for.
    constexpr std::string_view response_begin = "HTTP/1.";
    bool const begins_well = IsRequest
                                 ? bytes.empty() || std::isalpha(static_cast<unsigned char>(bytes.front())) != 0
                                 : bytes.substr(0, response_begin.size()) == response_begin.substr(0, bytes.size());
    if (!begins_well) {
        error = http_error::malformed;
        return 0;
    }
    for (;; ++searched_) {
        searched_ = bytes.find('\n', searched_);
        if (searched_ == bytes.npos) break;
        if (searched_ == 0 || bytes[searched_ - 1] != '\r') {
            error = http_error::malformed;
            return 0;
        }
        if (searched_ >= 3 && bytes[searched_ - 2] == '\n' && bytes[searched_ - 3] == '\r') return searched_ + 1;
        is_folded_ |= line_begin_ > 0 && (bytes[line_begin_] == ' ' || bytes[line_begin_] == '\t');
        line_begin_ = searched_ + 1;
    }
    searched_ = bytes.size();
    return 0;
}

template <bool IsRequest>
std::size_t message_parser<IsRequest>::parse_head(std::string_view bytes, error_code& error)
{
    // basic_parser keeps views into what it was given, so it gets the head once, and whole.
    auto const size = find_head_end(bytes, error);
    if (error) return 0;
    if ((size == 0 ? bytes.size() : size) > header_limit_) {
        error = http_error::header_too_large;
        return 0;
    }
    if (size == 0) return 0;
    auto const n = base::put(boost::asio::const_buffer(bytes.data(), size), error);
    if (error) {
        error = error == http::error::header_limit ? http_error::header_too_large : http_error::malformed;
        return 0;
    }

    // The fields were noted as views into `bytes`; the copy has the same layout.
    head_.raw.assign(bytes.data(), n);
    auto const moved = [&](std::string_view& view) {
        if (view.data() >= bytes.data() && view.data() < bytes.data() + n)
            view =
                std::string_view(head_.raw).substr(static_cast<std::size_t>(view.data() - bytes.data()), view.size());
        else if (view.empty())
            view = {};
        else
            error = http_error::malformed; // joined by Beast from a folded line
    };
    for (auto& f : head_.fields) {
        moved(f.name);
        moved(f.value);
    }
    if (is_folded_) error = http_error::malformed;
    head_.keep_alive = base::keep_alive();
    if constexpr (IsRequest) {
        moved(head_.method);
        moved(head_.target);
        if (!error) check_request(head_, error);
    } else {
        moved(head_.reason);
        if (!error) check_response(head_, error);
    }
    base::eager(true);
    return n;
}

template <bool IsRequest>
std::size_t message_parser<IsRequest>::parse_body(std::string_view bytes, error_code& error)
{
    pieces_.clear();
    std::size_t consumed = 0;
    while (!base::is_done() && consumed < bytes.size()) {
        auto const rest = bytes.substr(consumed);
        // An empty chunked body that arrives as "0\r\n" trips an assertion of basic_parser when fewer than five bytes
        // follow its need_more; no legal remainder is shorter.
        if (wants_five_ && rest.size() < 5) break;
        auto const n = base::put(boost::asio::const_buffer(rest.data(), rest.size()), error);
        consumed += n;
        wants_five_ = error == http::error::need_more;
        if (wants_five_) {
            error = {};
            if (rest.size() - n > header_limit_) error = http_error::malformed;
            break;
        }
        if (error) {
            error = http_error::malformed;
            break;
        }
        if (n == 0) break;
    }
    return consumed;
}

template <bool IsRequest>
void message_parser<IsRequest>::parse_end(error_code& error)
{
    base::put_eof(error);
}

template <bool IsRequest>
void message_parser<IsRequest>::on_request_impl(http::verb, string_view method, string_view target, int version,
                                                error_code&)
{
    if constexpr (IsRequest) {
        head_.method = {method.data(), method.size()};
        head_.target = {target.data(), target.size()};
        head_.version = static_cast<unsigned>(version);
    }
}

template <bool IsRequest>
void message_parser<IsRequest>::on_response_impl(int status, string_view reason, int version, error_code&)
{
    if constexpr (!IsRequest) {
        head_.status = static_cast<unsigned>(status);
        head_.reason = {reason.data(), reason.size()};
        head_.version = static_cast<unsigned>(version);
    }
}

template <bool IsRequest>
void message_parser<IsRequest>::on_field_impl(http::field id, string_view name, string_view value, error_code&)
{
    if (base::is_header_done()) return; // a trailer
    head_.fields.emplace_back(std::string_view(name.data(), name.size()), std::string_view(value.data(), value.size()),
                              id);
}

template <bool IsRequest>
std::size_t message_parser<IsRequest>::on_body_impl(string_view body, error_code&)
{
    pieces_.emplace_back(body.data(), body.size());
    return body.size();
}

template <bool IsRequest>
std::size_t message_parser<IsRequest>::on_chunk_body_impl(std::uint64_t, string_view body, error_code&)
{
    pieces_.emplace_back(body.data(), body.size());
    return body.size();
}

template class message_parser<true>;
template class message_parser<false>;

} // namespace weir::net
