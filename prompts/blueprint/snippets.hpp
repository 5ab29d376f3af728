#pragma once

#include "prompts/rendering.hpp"

#include <boost/json/object.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Texts of blueprints that refer to other prompts: `@@@NAME@@@`, `@@@NAME@version_number:3@@@`,
/// `@@@NAME@label:prod@@@`.
namespace weir::prompts
{

struct snippet_reference {
    std::string name;
    std::optional<std::int64_t> version;
    std::optional<std::string> label;

    auto operator<=>(snippet_reference const&) const = default;
};

/// The text of a completion, and its version.
struct found_snippet {
    std::string text;
    std::int64_t version = 0;
};
/// None for what is no completion, or not there.
using find_snippet = std::function<boost::system::result<std::optional<found_snippet>>(snippet_reference const&)>;

struct used_snippet {
    snippet_reference reference;
    std::int64_t version = 0;
};

struct resolved_blueprint {
    boost::json::object blueprint;
    std::vector<used_snippet> used; ///< each once, in order
    std::string missing;            ///< what is not there, and stays as it is written: the first
};

/// What went wrong in looking for snippets, or with them.
struct snippet_failure {
    boost::system::error_code store; ///< of the store; none: see `why`
    template_error why;
};

inline constexpr std::size_t most_snippet_depth = 10, most_snippets = 1000;

/// A blueprint with the texts of snippets in the place of references, in theirs, too. A snippet that refers to itself
/// is an error, wherever in a chain; so are more than `most_snippets` in all.
boost::system::result<resolved_blueprint, snippet_failure> resolve_snippets(boost::json::object blueprint,
                                                                            find_snippet const& find,
                                                                            render_budget& budget);

} // namespace weir::prompts
