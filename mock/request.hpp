#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::mock
{

/// Whose API a request speaks.
enum class vendor { openai, anthropic, gemini };

/// A request as it came. Of the body only the first `kept_body_bytes` and the last few are held.
struct request {
    static constexpr std::size_t kept_body_bytes = 256 * 1024;
    static constexpr std::size_t kept_tail_bytes = 64 * 1024;

    std::string method;
    std::string target;
    std::vector<std::pair<std::string, std::string>> headers; // in order, names as they were spelled
    std::string body;                                         // its first bytes
    std::string tail;                                         // its last bytes, only when `body` is not all of it
    std::uint64_t body_bytes = 0;
    std::string sha256; // of the body, hex; empty when requests are not recorded
    std::uint64_t connection = 0;
    bool http_1_1 = true;

    std::string_view path() const;
    std::string_view query() const;

    /// The first header of that name (lower-case), in any spelling; empty when there is none.
    std::string_view header(std::string_view lower_name) const;

    /// The query parameter's value, percent-decoded.
    std::optional<std::string> parameter(std::string_view name) const;

    /// True when `body` is the whole body.
    bool body_is_whole() const { return body_bytes == body.size(); }

    /// Adds bytes to the body.
    void append(std::string_view bytes);
};

/// True when the two are equal but for the case of ASCII letters; `lower` has none in upper case.
bool equals_lower(std::string_view any, std::string_view lower);

/// `text` with the ASCII letters in lower case.
std::string to_lower(std::string_view text);

/// `text` with `%41` and `+` decoded.
std::string percent_decoded(std::string_view text);

/// Calls `seen(name, value)` for each parameter of a query, undecoded.
template <class Seen>
void each_parameter(std::string_view query, Seen seen)
{
    while (!query.empty()) {
        auto const end = query.find('&');
        auto const pair = query.substr(0, end);
        auto const equals = pair.find('=');
        seen(pair.substr(0, equals), equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1));
        query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    }
}

/// Decides by path and headers.
vendor vendor_of(request const& of);

/// True when one of the vendors' credentials is literally `invalid`.
bool has_invalid_credential(request const& of);

} // namespace weir::mock
