#pragma once

#include "api/failure.hpp"
#include "api/types.hpp"

#include <boost/describe/class.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Values that many of PromptLayer's bodies have, and how they are checked. What is wrong is 422, named by its path.
namespace weir::api::promptlayer
{

/// `{"success":true,"message":"…"}`
struct done_answer {
    bool success = true;
    std::string message;
};
BOOST_DESCRIBE_STRUCT(done_answer, (), (success, message))

/// The only workspace: the organisation of the caller's key.
inline constexpr std::int64_t own_workspace = 1;
/// 403 for any other.
std::optional<failure> problem_with_workspace(std::optional<std::int64_t> const& given);

/// Seconds since 1970, or ISO 8601 with `T` or a blank, and perhaps a zone; without one it is UTC.
using time_value = std::variant<double, std::string>;
/// In µs since 1970.
result<std::int64_t> time_us(time_value const& given, std::string_view field);

/// `2026-11-23T01:02:03.456789Z`
std::string time_text(std::int64_t time_us);

using metadata_map = std::map<std::string, std::string>;

inline constexpr std::size_t most_tags = 100, longest_tag = 512;
inline constexpr std::size_t most_metadata = 100, longest_metadata_key = 1024, longest_metadata_value = 16 * 1024;

/// What is wrong with a text: longer than so many bytes, or with a NUL.
std::optional<failure> problem_with_value(std::string_view field, std::string_view text, std::size_t longest);
std::optional<failure> problem_with_tags(std::vector<std::string> const& tags, std::string_view field = "tags");
std::optional<failure> problem_with_metadata(metadata_map const& metadata, std::string_view field = "metadata");

/// The path of a member of an object whose keys are data: `metadata.user`, `metadata["a b"]`.
std::string path_of(std::string_view object, std::string_view key);

} // namespace weir::api::promptlayer
