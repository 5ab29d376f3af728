#include "net/http_message.hpp"

#include "net/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

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

/// Each costs more than its bytes.
constexpr std::size_t most_fields = 500;

constexpr auto text_end = std::string_view::npos;

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

/// "host", "host:8080", "[::1]:8080", or nothing: RFC 9110 §7.2, without the commas by which proxies join fields.
bool is_host(std::string_view text)
{
    auto const is_name_character = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
               std::string_view("-._~!$&'()*+;=").find(c) != text_end;
    };
    auto const is_address_character = [](char c) {
        return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == ':' || c == '.';
    };
    std::string_view name = text, port;
    if (text.starts_with('[')) {
        auto const end = text.find(']');
        if (end == text_end || end < 3) return false;
        name = text.substr(1, end - 1);
        port = text.substr(end + 1);
        if (!std::all_of(name.begin(), name.end(), is_address_character)) return false;
    } else {
        name = text.substr(0, text.find(':'));
        port = text.substr(name.size());
        if (!std::all_of(name.begin(), name.end(), is_name_character)) return false;
    }
    if (port.empty() || port == ":") return true;
    auto const number = parse_number(port.substr(1));
    return port.front() == ':' && port.size() <= 6 && number && *number <= 65535;
}

/// Makes "http://host/path" of a request to that very host a path; RFC 9112 §3.2.2 wants it understood. Another host's
/// stays as it is.
std::string_view without_own_origin(std::string_view target, std::string_view host)
{
    constexpr std::string_view scheme = "http://";
    if (host.empty() || !istarts_with(target, scheme)) return target;
    auto const rest = target.substr(scheme.size());
    return istarts_with(rest, host) && rest.substr(host.size()).starts_with('/') ? rest.substr(host.size()) : target;
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

/// What a character may be part of.
enum : unsigned char { in_token = 1, in_value = 2 };

/// RFC 9110 §5.6.2 (tchar) and §5.5 (field-content: visible, blanks, and bytes above 0x7F).
constexpr auto character_classes = [] {
    std::array<unsigned char, 256> classes{};
    for (unsigned c = 0; c < 256; ++c) {
        bool const is_alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        bool const is_mark = std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
        if (c != 0 && (is_alphanumeric || is_mark)) classes[c] |= in_token;
        if (c == '\t' || (c >= ' ' && c != 0x7F)) classes[c] |= in_value;
    }
    return classes;
}();

bool all_are(std::string_view text, unsigned char which)
{
    return std::all_of(text.begin(), text.end(),
                       [which](char c) { return (character_classes[static_cast<unsigned char>(c)] & which) != 0; });
}

/// Splits "name: value"; false when it is not that. No blank stands around the name, so that no line is folded.
bool split_field(std::string_view line, std::string_view& name, std::string_view& value)
{
    auto const colon = line.find(':');
    if (colon == line.npos || colon == 0) return false;
    name = line.substr(0, colon);
    value = trimmed(line.substr(colon + 1));
    return all_are(name, in_token) && all_are(value, in_value);
}

/// Takes "HTTP/1.1" or "HTTP/1.0".
bool read_version(std::string_view text, message_head& head)
{
    if (text != "HTTP/1.1" && text != "HTTP/1.0") return false;
    head.version = text.back() == '1' ? 11 : 10;
    return true;
}

bool read_first_line(std::string_view line, request_head& head)
{
    auto const method_end = line.find(' '), target_end = line.rfind(' ');
    if (method_end == line.npos || method_end == target_end) return false;
    head.method = line.substr(0, method_end);
    head.target = line.substr(method_end + 1, target_end - method_end - 1);
    return all_are(head.method, in_token) && read_version(line.substr(target_end + 1), head);
}

bool read_first_line(std::string_view line, response_head& head)
{
    // "HTTP/1.1 200 OK"; some servers leave the blank before an empty reason out.
    if (line.size() < 12 || !read_version(line.substr(0, 8), head) || line[8] != ' ') return false;
    auto const status = parse_number(line.substr(9, 3));
    if (!status || (line.size() > 12 && line[12] != ' ')) return false;
    head.status = static_cast<unsigned>(*status);
    head.reason = line.substr(std::min<std::size_t>(13, line.size()));
    return all_are(head.reason, in_value);
}

/// Whether the connection can carry another message, as far as the head's version and Connection fields say.
bool keeps_connection(message_head const& head)
{
    bool closes = false, keeps = false;
    for (auto const& f : head.fields) {
        if (f.id != http::field::connection && f.id != http::field::proxy_connection) continue;
        for_each_element(f.value, [&](std::string_view option) {
            closes |= iequals(option, "close");
            keeps |= iequals(option, "keep-alive");
        });
    }
    return head.version == 11 ? !closes : keeps && !closes;
}

void check_request(request_head& head, error_code& error)
{
    if (std::find(methods.begin(), methods.end(), head.method) == methods.end()) {
        error = http_error::bad_method;
        return;
    }
    std::size_t hosts = 0;
    for (auto const& f : head.fields) {
        if (f.id == http::field::host) {
            ++hosts;
            if (!is_host(f.value)) error = http_error::malformed;
            head.target = without_own_origin(head.target, f.value);
        }
        if (f.id == http::field::expect && iequals(f.value, "100-continue")) head.expects_continue = true;
    }
    if (!is_origin_form(head.target)) error = http_error::malformed;
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
    head_.fields.reserve(usual_fields);
}

/// The length of the head that `bytes` begins with, or 0 while its end has not come.
template <bool IsRequest>
std::size_t message_parser<IsRequest>::find_head_end(std::string_view bytes, error_code& error)
{
    // What can be no HTTP is refused as it comes: a peer that never sends CRLF would else be waited for.
    constexpr std::string_view response_begin = "HTTP/1.";
    bool const begins_well = IsRequest
                                 ? all_are(bytes.substr(0, 1), in_token)
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
        if (searched_ >= 3 && bytes[searched_ - 2] == '\n') return searched_ + 1;
    }
    searched_ = bytes.size();
    return 0;
}

template <bool IsRequest>
std::size_t message_parser<IsRequest>::parse_head(std::string_view bytes, error_code& error)
{
    auto const size = find_head_end(bytes, error);
    if (error) return 0;
    if ((size == 0 ? bytes.size() : size) > header_limit_) {
        error = http_error::header_too_large;
        return 0;
    }
    if (size == 0) return 0;
    head_.raw.assign(bytes.data(), size);
    if (!read_head(error)) return 0;
    if constexpr (IsRequest)
        check_request(head_, error);
    else
        check_response(head_, error);
    if (error) return 0;
    has_head_ = true;
    stage_ = first_stage();
    ends_with_connection_ = stage_ == stage::to_the_end;
    left_ = head_.content_length.value_or(0);
    head_.keep_alive = keeps_connection(head_) && !ends_with_connection_;
    return size;
}

/// Splits the head into its lines and parts. A bare CR is no character of any of them.
template <bool IsRequest>
bool message_parser<IsRequest>::read_head(error_code& error)
{
    error = http_error::malformed;
    std::string_view rest(head_.raw);
    auto const next_line = [&rest] {
        auto const end = rest.find('\n');
        auto const line = rest.substr(0, end - 1);
        rest.remove_prefix(end + 1);
        return line;
    };
    if (!read_first_line(next_line(), head_)) return false;
    for (auto line = next_line(); !line.empty(); line = next_line()) {
        std::string_view name, value;
        if (!split_field(line, name, value)) return false;
        if (head_.fields.size() == most_fields) {
            error = http_error::header_too_large;
            return false;
        }
        head_.fields.emplace_back(name, value);
    }
    error = {};
    return true;
}

/// How the body is delimited: RFC 9112 §6.3, the head being free of contradictions.
template <bool IsRequest>
auto message_parser<IsRequest>::first_stage() const -> stage
{
    if constexpr (!IsRequest)
        if (answers_head_ || head_.status < 200 || head_.status == 204 || head_.status == 304) return stage::done;
    if (head_.chunked) return stage::chunk_size;
    if (head_.content_length) return *head_.content_length > 0 ? stage::counted : stage::done;
    return IsRequest ? stage::done : stage::to_the_end;
}

template <bool IsRequest>
std::size_t message_parser<IsRequest>::parse_body(std::string_view bytes, error_code& error)
{
    pieces_.clear();
    std::size_t used = 0;
    while (stage_ != stage::done && used < bytes.size()) {
        auto const before = used;
        if (!step(bytes, used)) {
            error = http_error::malformed;
            break;
        }
        if (used == before) break; // an unfinished line
    }
    return used;
}

/// Takes one part of the body: data, or a whole line of the framing. False when it is malformed.
template <bool IsRequest>
bool message_parser<IsRequest>::step(std::string_view bytes, std::size_t& used)
{
    switch (stage_) {
    case stage::counted: return take_data(bytes, used, stage::done);
    case stage::chunk_data: return take_data(bytes, used, stage::chunk_end);
    case stage::to_the_end:
        pieces_.push_back(bytes.substr(used));
        used = bytes.size();
        return true;
    default: break;
    }
    auto const rest = bytes.substr(used);
    if (stage_ == stage::chunk_end) {
        constexpr std::string_view line_end = "\r\n";
        if (!rest.starts_with(line_end.substr(0, rest.size()))) return false;
        if (rest.size() < line_end.size()) return true;
        used += line_end.size();
        stage_ = stage::chunk_size;
        return true;
    }
    auto const end = rest.find('\n');
    if (end == rest.npos) return rest.size() <= header_limit_;
    if (end == 0 || rest[end - 1] != '\r') return false;
    auto const line = rest.substr(0, end - 1);
    if (line.size() > header_limit_) return false;
    used += end + 1;
    return stage_ == stage::chunk_size ? read_size_line(line) : read_trailer_line(line);
}

template <bool IsRequest>
bool message_parser<IsRequest>::take_data(std::string_view bytes, std::size_t& used, stage behind)
{
    auto const piece = bytes.substr(used, std::min<std::uint64_t>(left_, bytes.size() - used));
    pieces_.push_back(piece);
    used += piece.size();
    left_ -= piece.size();
    if (left_ == 0) stage_ = behind;
    return true;
}

/// "1a", perhaps with zeros before and an extension behind it.
template <bool IsRequest>
bool message_parser<IsRequest>::read_size_line(std::string_view line)
{
    auto const digits = line.substr(0, line.find(';'));
    auto const [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), left_, 16);
    if (digits.empty() || failure != std::errc{} || end != digits.data() + digits.size()) return false;
    if (!all_are(line.substr(digits.size()), in_value)) return false;
    stage_ = left_ > 0 ? stage::chunk_data : stage::trailer;
    return true;
}

/// A field, which is checked and forgotten, or the empty line that ends the message.
template <bool IsRequest>
bool message_parser<IsRequest>::read_trailer_line(std::string_view line)
{
    if (line.empty()) {
        stage_ = stage::done;
        return true;
    }
    trailer_bytes_ += line.size() + 2;
    std::string_view name, value;
    if (trailer_bytes_ > header_limit_ || !split_field(line, name, value)) return false;
    // Who merges trailers into the head would frame the message anew: RFC 9110 §6.5.1.
    return !iequals(name, "Content-Length") && !iequals(name, "Transfer-Encoding");
}

template <bool IsRequest>
void message_parser<IsRequest>::parse_end(error_code& error)
{
    if (!has_head_ || (stage_ != stage::done && stage_ != stage::to_the_end))
        error = http_error::malformed;
    else
        stage_ = stage::done;
}

template class message_parser<true>;
template class message_parser<false>;

} // namespace weir::net
