#include "prompts/jinja/token_cursor.hpp"

#include <algorithm>
#include <utility>

namespace weir::prompts::jinja
{

token const& token_cursor::peek(std::size_t ahead) const
{
    if (error_) return tokens_.back();
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

token token_cursor::next()
{
    auto const& now = peek();
    if (!error_ && at_ + 1 < tokens_.size()) ++at_;
    return now;
}

bool token_cursor::is_symbol(std::string_view text) const
{
    return peek().kind == token_kind::symbol && peek().text == text;
}

bool token_cursor::is_word(std::string_view text) const
{
    return peek().kind == token_kind::name && peek().text == text;
}

bool token_cursor::accept_symbol(std::string_view text)
{
    bool const is = is_symbol(text);
    if (is) next();
    return is;
}

bool token_cursor::accept_word(std::string_view text)
{
    bool const is = is_word(text);
    if (is) next();
    return is;
}

void token_cursor::expect_symbol(std::string_view text)
{
    if (!accept_symbol(text)) fail("`" + std::string(text) + "` is missing", peek().line);
}

void token_cursor::expect(token_kind kind, std::string_view what)
{
    if (peek().kind == kind)
        next();
    else
        fail("`" + std::string(what) + "` is missing", peek().line);
}

void token_cursor::fail(std::string what, std::size_t line)
{
    if (!error_) error_ = template_error(std::move(what), line);
}

void token_cursor::unexpected()
{
    auto const& now = peek();
    switch (now.kind) {
    case token_kind::end: return fail("it ends too early", now.line);
    case token_kind::end_output:
    case token_kind::end_block: return fail("an expression is missing", now.line);
    default: fail("`" + std::string(now.text.substr(0, 40)) + "` is not expected here", now.line);
    }
}

} // namespace weir::prompts::jinja
