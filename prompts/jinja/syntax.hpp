#pragma once

#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A template as a tree. Its nodes lie in one array and name their children by index, so that neither making nor
/// destroying it recurses.
namespace weir::prompts::jinja
{

using node_id = std::uint32_t;
inline constexpr node_id no_node = ~node_id{0};

enum class node_kind : std::uint8_t {
    // Expressions.
    literal,    ///< `value`
    name,       ///< `text`
    list,       ///< children
    dict,       ///< children: key, value, key, value, …
    attribute,  ///< children[0].`text`
    subscript,  ///< children[0][children[1]]
    slice,      ///< children[0][children[1]:children[2]:children[3]], each but the first may be no_node
    filter,     ///< children[0] | `text`(the other children, `named`)
    test,       ///< children[0] is `text`(the other children)
    method,     ///< children[0].`text`(the other children)
    function,   ///< range(children)
    negation,   ///< not children[0]
    sign,       ///< `text` is + or -
    arithmetic, ///< `text` is + - * / // % or **; two children
    concat,     ///< children, as text, behind each other
    comparison, ///< `words` are the operators between the children
    all_of,     ///< and
    any_of,     ///< or
    choice,     ///< children: condition, then, otherwise or no_node
    // Statements.
    body,      ///< children
    text,      ///< `text`
    output,    ///< children[0]; `text` is all of it, with its braces
    branches,  ///< children: condition, body, condition, body, …, and the body of else, if there is one
    loop,      ///< for `words` in children: iterable, condition or no_node, body, body of else or no_node
    set,       ///< set `words` = children[0]
    set_block, ///< set `text`, to what the body children[0] comes to
};

struct node {
    node_kind kind{};
    std::uint16_t depth = 1; ///< of the tree below it
    std::uint32_t line = 0;
    std::string_view text; ///< of the source
    boost::json::value value;
    std::vector<std::string_view> words;
    std::vector<node_id> children;
    std::vector<std::pair<std::string_view, node_id>> named;
};

/// The source must outlive it.
struct program {
    std::vector<node> nodes;
    node_id root = no_node; ///< a body
};

/// How deep a template may nest: its tree, and what it makes of lists in lists.
inline constexpr std::uint16_t most_depth = 100;

} // namespace weir::prompts::jinja
