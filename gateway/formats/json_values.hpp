#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Reading JSON that nobody vouches for: a member of another type than expected is one that is not there.
namespace weir::gateway::formats
{

namespace json = boost::json;

/// Parses one JSON text, however malformed: nesting beyond 64 levels is refused, invalid UTF-8 is not. White space, a
/// byte order mark and comment lines before the JSON (DeepSeek's sign of life while a call queues) are skipped.
std::optional<json::value> parse_json(std::string_view text, json::storage_ptr storage = {});

/// `text` without white space, byte order mark and `:` comment lines at its beginning.
std::string_view without_preamble(std::string_view text);

/// Without white space at both ends.
std::string_view trimmed(std::string_view text);

// The member `key` if it has the type asked for. `from` may be null, so that look-ups chain.
json::value const* value_at(json::object const* from, std::string_view key);
json::object const* object_at(json::object const* from, std::string_view key);
json::array const* array_at(json::object const* from, std::string_view key);
std::string_view text_at(json::object const* from, std::string_view key); ///< empty if there is none
std::optional<double> number_at(json::object const* from, std::string_view key);
bool true_at(json::object const* from, std::string_view key);

/// A count of tokens and the like: a whole number from 0 to 2^53, however it is written; anything else is none.
std::optional<std::int64_t> count_of(json::value const* from);
std::optional<std::int64_t> count_at(json::object const* from, std::string_view key);

/// The first of the members `keys` that is a count.
template <typename... Keys>
std::optional<std::int64_t> first_count(json::object const* from, Keys... keys)
{
    std::optional<std::int64_t> found;
    (void)((found = count_at(from, keys)).has_value() || ...);
    return found;
}

/// `a + b`, where unknown plus unknown stays unknown, and no sum exceeds 2^53.
std::optional<std::int64_t> plus(std::optional<std::int64_t> a, std::optional<std::int64_t> b);

/// At most about `most` bytes of `text` as valid UTF-8: what is not becomes U+FFFD; cut between characters.
std::string clean_text(std::string_view text, std::size_t most);

/// How long the names and messages that a reading keeps may be.
inline constexpr std::size_t most_name_bytes = 256;
inline constexpr std::size_t most_message_bytes = 4096;

} // namespace weir::gateway::formats
