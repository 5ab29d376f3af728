#pragma once

#include <string>
#include <string_view>
#include <vector>

/// How providers vary the name of one model. All names here are lower case.
namespace weir::pricing::model_name
{

/// ASCII lower case.
std::string lower(std::string_view text);

/// What follows `models/`, `publishers/<x>/models/` or `accounts/<x>/models/` at the beginning.
std::string_view without_path(std::string_view model);

/// Without a trailing `:free`, `:nitro`, `:beta` or `-latest`.
std::string_view without_moving_suffix(std::string_view model);

/// Without a trailing `-YYYYMMDD`, `-YYYY-MM-DD`, `@YYYYMMDD` or `-MMDD`.
std::string_view without_date(std::string_view model);

/// Bedrock: what follows the last `/` of an ARN, without a region group such as `us.` or `apac.`.
std::string_view without_region(std::string_view model);

/// Bedrock's `anthropic.claude-…-v1:0` as Anthropic itself spells it.
std::string_view without_bedrock_dress(std::string_view model);

/// The base of `ft:<base>:<org>:<name>:<id>` with its `ft:`; empty if the model is not fine-tuned.
std::string_view fine_tuned_base(std::string_view model);

/// The names under which a provider's price row may stand, best first: the id itself, then without path, moving suffix
/// and date. No name twice. The names are parts of `model`.
std::vector<std::string_view> spellings(std::string_view provider, std::string_view model);

/// A provider whose prices hold when the one that was called has none, and the model's name there.
struct parent {
    std::string_view provider;
    std::string_view model;
};
std::vector<parent> parents(std::string_view provider, std::string_view model);

} // namespace weir::pricing::model_name
