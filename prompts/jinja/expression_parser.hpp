#pragma once

#include "prompts/jinja/lexer.hpp"
#include "prompts/jinja/syntax.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::prompts::jinja
{

/// Reads expressions from a row of tokens. After the first error it sees nothing but the end, and makes nodes of no
/// meaning.
class expression_parser
{
public:
    explicit expression_parser(std::vector<token> tokens)
        : tokens_(std::move(tokens))
    {
    }

    node_id expression();        ///< with inline if
    node_id without_condition(); ///< without, as the iterable of a loop
    node_id tuple();             ///< expressions with commas between them: a list when there is one
    program take() && { return std::move(made_); }

    token const& peek(std::size_t ahead = 0) const;
    token next();
    bool is_symbol(std::string_view text) const;
    bool is_word(std::string_view text) const;
    bool accept_symbol(std::string_view text);
    bool accept_word(std::string_view text);
    void expect_symbol(std::string_view text);
    void expect(token_kind kind, std::string_view what);
    /// A name that may be given to a variable.
    std::string_view variable_name();

    node_id make(node_kind kind, std::size_t line, std::string_view text, std::vector<node_id> children);
    node& at(node_id id) { return made_.nodes[id]; }
    void fail(std::string what, std::size_t line);
    void unexpected();
    std::optional<template_error> const& error() const { return error_; }

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

    std::vector<token> tokens_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    program made_;
    std::optional<template_error> error_;
};

} // namespace weir::prompts::jinja
