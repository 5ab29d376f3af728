#pragma once

#include "prompts/jinja/lexer.hpp"
#include "prompts/rendering.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::prompts::jinja
{

/// Where a parser is in a row of tokens, the last of which is the end, and the first error that it met: after that it
/// sees nothing but the end.
class token_cursor
{
public:
    explicit token_cursor(std::vector<token> tokens)
        : tokens_(std::move(tokens))
    {
    }

    token const& peek(std::size_t ahead = 0) const;
    token next();
    bool is_symbol(std::string_view text) const;
    bool is_word(std::string_view text) const;
    /// Passes over it, if it is there.
    bool accept_symbol(std::string_view text);
    bool accept_word(std::string_view text);
    /// Passes over it, or fails.
    void expect_symbol(std::string_view text);
    void expect(token_kind kind, std::string_view what);

    void fail(std::string what, std::size_t line);
    /// Fails because of what stands here.
    void unexpected();
    std::optional<template_error> const& error() const { return error_; }

private:
    std::vector<token> tokens_;
    std::size_t at_ = 0;
    std::optional<template_error> error_;
};

} // namespace weir::prompts::jinja
