#pragma once

#include "prompts/jinja/syntax.hpp"
#include "prompts/jinja/token_cursor.hpp"

#include <string_view>
#include <vector>

namespace weir::prompts::jinja
{

/// Reads expressions from a row of tokens. After the first error it makes nodes of no meaning.
class expression_parser : public token_cursor
{
public:
    using token_cursor::token_cursor;

    node_id expression();        ///< with inline if
    node_id without_condition(); ///< without, as the iterable of a loop
    node_id tuple();             ///< expressions with commas between them: a list when there is one
    program take() && { return std::move(made_); }

    /// A name that may be given to a variable.
    std::string_view variable_name();

    node_id make(node_kind kind, std::size_t line, std::string_view text, std::vector<node_id> children);
    node& at(node_id id) { return made_.nodes[id]; }

    /// Guards what recurses: false, and an error, when it is too deep.
    class level
    {
    public:
        explicit level(expression_parser& of);
        ~level() { --of_.depth_; }
        level(level const&) = delete;
        level& operator=(level const&) = delete;
        explicit operator bool() const { return fits_; }

    private:
        expression_parser& of_;
        bool fits_;
    };

private:
    node_id binary(unsigned level);
    node_id comparison();
    node_id negation();
    node_id unary(bool with_filters);
    node_id primary();
    node_id postfix(node_id subject);
    node_id filters_and_tests(node_id subject);
    node_id filter(node_id subject);
    node_id test(node_id subject);
    node_id subscript(node_id subject);
    node_id list(std::string_view closing);
    node_id dict();
    node_id literal(token const& of);
    void arguments(node_id of, bool takes_named);
    void adopt(node_id parent, node_id child);

    std::size_t depth_ = 0;
    program made_;
};

} // namespace weir::prompts::jinja
