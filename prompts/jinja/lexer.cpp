#include "prompts/jinja/lexer.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace weir::prompts::jinja
{
namespace
{

constexpr std::string_view space = " \t\r\n\f\v";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

class lexer
{
public:
    explicit lexer(std::string_view source)
        : source_(source)
    {
        if (source_.ends_with('\n')) source_.remove_suffix(1); // as Jinja does
        if (source_.ends_with('\r') && source_.size() < source.size()) source_.remove_suffix(1);
    }

    rendering<std::vector<token>> run()
    {
        while (at_ < source_.size() && !error_) read_text_and_tag();
        if (error_) return *error_;
        add(token_kind::end, source_.substr(source_.size()));
        return std::move(tokens_);
    }

private:
    /// Text up to the next tag, and the tag.
    void read_text_and_tag()
    {
        auto open = at_;
        for (;; ++open) {
            open = std::min(source_.find('{', open), source_.size());
            auto const next = source_.substr(std::min(open + 1, source_.size()), 1);
            if (open == source_.size() || next == "{" || next == "%" || next == "#") break;
        }
        auto text = source_.substr(at_, open - at_);
        if (trims_) text.remove_prefix(std::min(text.find_first_not_of(space), text.size()));
        trims_ = false;
        if (open + 2 < source_.size() && source_[open + 2] == '-')
            text = text.substr(0, text.find_last_not_of(space) + 1);
        if (!text.empty()) {
            go_to(static_cast<std::size_t>(text.data() - source_.data()));
            add(token_kind::text, text);
        }
        go_to(open);
        if (open == source_.size()) return;
        switch (source_[open + 1]) {
        case '{': read_tag(token_kind::begin_output, token_kind::end_output, "}}"); break;
        case '#': skip_comment(); break;
        default:
            if (!read_raw()) read_tag(token_kind::begin_block, token_kind::end_block, "%}");
        }
    }

    void skip_comment()
    {
        auto const end = source_.find("#}", at_ + 2);
        if (end == source_.npos) return fail("a comment, `{#`, is not closed");
        trims_ = end > at_ + 2 && source_[end - 1] == '-';
        go_to(end + 2);
    }

    /// The end of `{% word %}` at `begin`, if it stands there. `trims`: whether it takes the white space behind it
    /// away.
    std::optional<std::size_t> end_of_word_tag(std::size_t begin, std::string_view word, bool& trims) const
    {
        auto at = begin + 2;
        if (at < source_.size() && (source_[at] == '-' || source_[at] == '+')) ++at;
        at = std::min(source_.find_first_not_of(space, at), source_.size());
        if (source_.substr(at, word.size()) != word) return std::nullopt;
        at = std::min(source_.find_first_not_of(space, at + word.size()), source_.size());
        trims = source_.substr(at, 1) == "-";
        if (trims || source_.substr(at, 1) == "+") ++at;
        if (source_.substr(at, 2) != "%}") return std::nullopt;
        return at + 2;
    }

    /// All of a raw element, if one begins here.
    bool read_raw()
    {
        bool trims_inside = false;
        auto const begin = end_of_word_tag(at_, "raw", trims_inside);
        if (!begin) return false;
        for (auto close = source_.find("{%", *begin); close != source_.npos; close = source_.find("{%", close + 2)) {
            auto const end = end_of_word_tag(close, "endraw", trims_);
            if (!end) continue;
            auto text = source_.substr(*begin, close - *begin);
            if (trims_inside) text.remove_prefix(std::min(text.find_first_not_of(space), text.size()));
            if (source_[close + 2] == '-') text = text.substr(0, text.find_last_not_of(space) + 1);
            if (!text.empty()) add(token_kind::text, text);
            go_to(*end);
            return true;
        }
        fail("`raw` is not closed by `endraw`");
        return true;
    }

    void read_tag(token_kind begins, token_kind ends, std::string_view closing)
    {
        auto const opened_on = line_;
        add(begins, source_.substr(at_, 2));
        go_to(at_ + 2);
        if (at_ < source_.size() && (source_[at_] == '-' || source_[at_] == '+')) go_to(at_ + 1);
        std::size_t open_brackets = 0;
        for (;;) {
            go_to(std::min(source_.find_first_not_of(space, at_), source_.size()));
            if (at_ == source_.size()) {
                line_ = opened_on;
                return fail("`" + std::string(ends == token_kind::end_block ? "{%" : "{{") + "` is not closed");
            }
            if (open_brackets == 0) {
                auto const sign = source_[at_] == '-' || (source_[at_] == '+' && closing == "%}") ? 1U : 0U;
                if (source_.substr(at_ + sign, 2) == closing) {
                    trims_ = source_[at_] == '-';
                    go_to(at_ + sign);
                    add(ends, source_.substr(at_, 2));
                    return go_to(at_ + 2);
                }
            }
            if (!read_token(open_brackets)) return;
        }
    }

    bool read_token(std::size_t& open_brackets)
    {
        char const c = source_[at_];
        if (begins_name(c)) return read_name();
        if (is_digit(c)) return read_number();
        if (c == '"' || c == '\'') return read_string();
        constexpr std::array pairs{"**", "//", "==", "!=", "<=", ">="};
        for (std::string_view const pair : pairs)
            if (source_.substr(at_, 2) == pair) return take(token_kind::symbol, 2);
        if (std::string_view("+-*/%~|.,:()[]{}<>=").find(c) == std::string_view::npos) {
            fail("`" + std::string(1, c >= ' ' && c < 0x7F ? c : '?') + "` is not expected here");
            return false;
        }
        if (c == '(' || c == '[' || c == '{') ++open_brackets;
        if ((c == ')' || c == ']' || c == '}') && open_brackets > 0) --open_brackets;
        return take(token_kind::symbol, 1);
    }

    bool read_name()
    {
        auto end = at_;
        while (end < source_.size() && (begins_name(source_[end]) || is_digit(source_[end]))) ++end;
        return take(token_kind::name, end - at_);
    }

    bool read_number()
    {
        auto end = skip_digits(at_);
        auto kind = token_kind::integer;
        if (end + 1 < source_.size() && source_[end] == '.' && is_digit(source_[end + 1])) {
            end = skip_digits(end + 1);
            kind = token_kind::real;
        }
        if (end < source_.size() && (source_[end] | 0x20) == 'e') {
            auto digits = end + 1;
            if (digits < source_.size() && (source_[digits] == '-' || source_[digits] == '+')) ++digits;
            if (digits < source_.size() && is_digit(source_[digits])) {
                end = skip_digits(digits);
                kind = token_kind::real;
            }
        }
        return take(kind, end - at_);
    }

    std::size_t skip_digits(std::size_t from) const
    {
        while (from < source_.size() && is_digit(source_[from])) ++from;
        return from;
    }

    bool read_string()
    {
        auto end = at_ + 1;
        while (end < source_.size() && source_[end] != source_[at_]) end += source_[end] == '\\' ? 2 : 1;
        if (end >= source_.size()) {
            fail("a text in quotes is not closed");
            return false;
        }
        return take(token_kind::string, end + 1 - at_);
    }

    bool take(token_kind kind, std::size_t size)
    {
        add(kind, source_.substr(at_, size));
        go_to(at_ + size);
        return true;
    }

    void add(token_kind kind, std::string_view text) { tokens_.push_back({kind, text, line_}); }

    void go_to(std::size_t to)
    {
        line_ += static_cast<std::size_t>(std::count(source_.begin() + static_cast<std::ptrdiff_t>(at_),
                                                     source_.begin() + static_cast<std::ptrdiff_t>(to), '\n'));
        at_ = to;
    }

    void fail(std::string what)
    {
        if (!error_) error_ = template_error(std::move(what), line_);
    }

    std::string_view source_;
    std::size_t at_ = 0, line_ = 1;
    bool trims_ = false;
    std::vector<token> tokens_;
    std::optional<template_error> error_;
};

} // namespace

rendering<std::vector<token>> tokens_of(std::string_view source) { return lexer(source).run(); }

} // namespace weir::prompts::jinja
