#pragma once

#include "api/failure.hpp"
#include "storage/prompt_versions.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Templates as bodies have them, and filled ones.
namespace weir::api
{

/// The keys of a template's inputs, for the store to remember; `field` names the template by its path. Wrong are keys
/// that are too long, and too many.
result<std::vector<std::string>> read_input_keys(boost::json::value const& content, std::string_view field);

inline constexpr std::size_t most_input_keys = 1000;

/// What is wrong with a prompt's own id in the body's member `field`, if anything is.
std::optional<failure> problem_with_prompt_id(std::string_view field, std::string_view id);

/// Text by key.
using prompt_inputs = std::vector<std::pair<std::string, std::string>>;

/// A version whose template is filled: storage::errc::too_large when it would become larger than `most_prompt_bytes`.
/// `auto_inputs` is a JSON array.
storage::result<storage::prompt_version> filled(storage::prompt_version version, prompt_inputs const& inputs,
                                                std::string const& auto_inputs);

} // namespace weir::api
