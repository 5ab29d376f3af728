#include "prompts/jinja/expression_parser.hpp"

#include "prompts/jinja/call.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>

namespace weir::prompts::jinja
{
namespace
{

/// Operators that bind alike, from those that bind loosest; comparisons stand above all of them.
struct binary_level {
    std::array<std::string_view, 4> operators;
    node_kind kind;
};
constexpr std::array<binary_level, 4> levels{{
    {{"+", "-"}, node_kind::arithmetic},
    {{"~"}, node_kind::concat},
    {{"*", "/", "//", "%"}, node_kind::arithmetic},
    {{"**"}, node_kind::arithmetic},
}};

constexpr std::array comparisons{"==", "!=", "<", ">", "<=", ">="};

/// Words with a meaning of their own in expressions.
constexpr std::array reserved{"and", "or", "not", "in", "is", "if", "else"};

bool is_among(std::string_view word, std::span<char const* const> words)
{
    return std::any_of(words.begin(), words.end(), [word](std::string_view one) { return one == word; });
}

/// What the text in quotes says. An escape that Jinja does not know stays as it is.
boost::json::string unquoted(std::string_view text)
{
    text = text.substr(1, text.size() - 2);
    boost::json::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            out += text[i];
            continue;
        }
        switch (char const c = text[++i]) {
        case 'n': out += '\n'; break;
        case 't': out += '\t'; break;
        case 'r': out += '\r'; break;
        case '\n': break;
        case '\\':
        case '\'':
        case '"': out += c; break;
        default: (out += '\\') += c;
        }
    }
    return out;
}

} // namespace

expression_parser::level::level(expression_parser& of)
    : of_(of)
    , fits_(++of.depth_ <= most_depth)
{
    if (!fits_) of.fail("it nests too deeply", of.peek().line);
}

std::string_view expression_parser::variable_name()
{
    auto const name = peek();
    if (name.kind != token_kind::name || is_among(name.text, reserved)) {
        fail("the name of a variable is missing", name.line);
        return {};
    }
    next();
    return name.text;
}

node_id expression_parser::make(node_kind kind, std::size_t line, std::string_view text, std::vector<node_id> children)
{
    auto const id = static_cast<node_id>(made_.nodes.size());
    auto& one = made_.nodes.emplace_back();
    one.kind = kind;
    one.line = static_cast<std::uint32_t>(line);
    one.text = text;
    for (auto const child : children) adopt(id, child);
    return id;
}

void expression_parser::adopt(node_id parent, node_id child)
{
    auto& one = made_.nodes[parent];
    one.children.push_back(child);
    if (child == no_node) return;
    one.depth = std::max<std::uint16_t>(one.depth, static_cast<std::uint16_t>(made_.nodes[child].depth + 1));
    if (one.depth > most_depth) fail("it nests too deeply", one.line);
}

node_id expression_parser::expression()
{
    level const deeper(*this);
    auto all = without_condition();
    while (deeper && is_word("if")) {
        auto const line = next().line;
        auto const condition = without_condition();
        auto const otherwise = accept_word("else") ? expression() : no_node;
        all = make(node_kind::choice, line, {}, {condition, all, otherwise});
    }
    return all;
}

node_id expression_parser::without_condition()
{
    auto const joined = [this](std::string_view word, node_kind kind, auto const& part) {
        auto const first = part();
        if (!is_word(word)) return first;
        auto const all = make(kind, peek().line, {}, {first});
        while (accept_word(word)) adopt(all, part());
        return all;
    };
    return joined("or", node_kind::any_of,
                  [&] { return joined("and", node_kind::all_of, [this] { return negation(); }); });
}

node_id expression_parser::tuple()
{
    auto const line = peek().line;
    auto const first = expression();
    if (!is_symbol(",")) return first;
    auto const all = make(node_kind::list, line, {}, {first});
    while (accept_symbol(",")) {
        if (peek().kind == token_kind::end_block || peek().kind == token_kind::end_output || is_symbol(")")) break;
        adopt(all, expression());
    }
    return all;
}

node_id expression_parser::negation()
{
    level const deeper(*this);
    if (!deeper || !is_word("not")) return comparison();
    auto const line = next().line;
    return make(node_kind::negation, line, {}, {negation()});
}

node_id expression_parser::comparison()
{
    auto const first = binary(0);
    node_id all = no_node;
    for (;;) {
        auto const now = peek();
        std::string_view how;
        if (now.kind == token_kind::symbol && is_among(now.text, comparisons))
            how = next().text;
        else if (is_word("in"))
            how = next().text;
        else if (is_word("not") && peek(1).kind == token_kind::name && peek(1).text == "in") {
            next();
            next();
            how = "not in";
        } else {
            return all == no_node ? first : all;
        }
        if (all == no_node) all = make(node_kind::comparison, now.line, {}, {first});
        at(all).words.push_back(how);
        adopt(all, binary(0));
    }
}

node_id expression_parser::binary(unsigned which)
{
    if (which == levels.size()) return unary(true);
    auto const& here = levels[which];
    auto all = binary(which + 1);
    for (;;) {
        auto const now = peek();
        bool const is = now.kind == token_kind::symbol && !now.text.empty() &&
                        std::find(here.operators.begin(), here.operators.end(), now.text) != here.operators.end();
        if (!is) return all;
        next();
        auto const right = binary(which + 1);
        if (here.kind == node_kind::concat && at(all).kind == node_kind::concat)
            adopt(all, right);
        else
            all = make(here.kind, now.line, now.text, {all, right});
    }
}

node_id expression_parser::unary(bool with_filters)
{
    level const deeper(*this);
    node_id one = no_node;
    if (deeper && (is_symbol("-") || is_symbol("+"))) {
        auto const sign = next();
        one = make(node_kind::sign, sign.line, sign.text, {unary(false)});
    } else {
        one = postfix(primary());
    }
    return with_filters ? filters_and_tests(one) : one;
}

node_id expression_parser::primary()
{
    auto const now = peek();
    switch (now.kind) {
    case token_kind::name:
        if (is_among(now.text, reserved)) break;
        [[fallthrough]];
    case token_kind::integer:
    case token_kind::real:
    case token_kind::string: return literal(next());
    case token_kind::symbol:
        if (accept_symbol("(")) {
            if (accept_symbol(")")) return make(node_kind::list, now.line, {}, {});
            auto const inner = tuple();
            expect_symbol(")");
            return inner;
        }
        if (accept_symbol("[")) return list("]");
        if (accept_symbol("{")) return dict();
        break;
    default: break;
    }
    unexpected();
    return make(node_kind::literal, now.line, {}, {});
}

node_id expression_parser::literal(token const& of)
{
    auto const one = make(node_kind::literal, of.line, of.text, {});
    auto& value = at(one).value;
    auto const text = of.text;
    if (of.kind == token_kind::string) {
        value = unquoted(text);
        while (peek().kind == token_kind::string) at(one).value.as_string() += unquoted(next().text);
    } else if (of.kind == token_kind::integer) {
        std::int64_t number = 0;
        auto const read = std::from_chars(text.data(), text.data() + text.size(), number);
        if (read.ec != std::errc()) fail("the number " + std::string(text.substr(0, 40)) + " is too large", of.line);
        value = number;
    } else if (of.kind == token_kind::real) {
        double number = 0;
        auto const read = std::from_chars(text.data(), text.data() + text.size(), number);
        if (read.ec != std::errc() || !std::isfinite(number))
            fail("the number " + std::string(text.substr(0, 40)) + " is too large", of.line);
        value = number;
    } else if (text == "true" || text == "True" || text == "false" || text == "False") {
        value = text == "true" || text == "True";
    } else if (text != "none" && text != "None") {
        at(one).kind = node_kind::name;
    }
    return one;
}

node_id expression_parser::list(std::string_view closing)
{
    auto const all = make(node_kind::list, peek().line, {}, {});
    while (!is_symbol(closing) && !error()) {
        adopt(all, expression());
        if (!accept_symbol(",")) break;
    }
    expect_symbol(closing);
    return all;
}

node_id expression_parser::dict()
{
    auto const all = make(node_kind::dict, peek().line, {}, {});
    while (!is_symbol("}") && !error()) {
        adopt(all, expression());
        expect_symbol(":");
        adopt(all, expression());
        if (!accept_symbol(",")) break;
    }
    expect_symbol("}");
    return all;
}

node_id expression_parser::postfix(node_id subject)
{
    while (!error()) {
        auto const line = peek().line;
        if (accept_symbol(".")) {
            auto const name = next();
            if (name.kind != token_kind::name && name.kind != token_kind::integer)
                fail("a name is missing behind `.`", line);
            if (name.kind == token_kind::name && is_symbol("(")) {
                subject = make(node_kind::method, line, name.text, {subject});
                arguments(subject, false);
            } else {
                subject = make(node_kind::attribute, line, name.text, {subject});
            }
        } else if (accept_symbol("[")) {
            subject = subscript(subject);
        } else if (is_symbol("(")) {
            if (at(subject).kind != node_kind::name) {
                fail("only functions and methods can be called", line);
                break;
            }
            auto const name = at(subject).text;
            if (name != "range") fail("the function " + quoted(name) + " is not supported", line);
            subject = make(node_kind::function, line, name, {});
            arguments(subject, false);
        } else {
            break;
        }
    }
    return subject;
}

node_id expression_parser::subscript(node_id subject)
{
    auto const line = peek().line;
    std::vector<node_id> parts{subject};
    bool is_slice = false;
    while (parts.size() < 4) {
        parts.push_back(is_symbol(":") || is_symbol("]") ? no_node : expression());
        if (!accept_symbol(":")) break;
        is_slice = true;
    }
    expect_symbol("]");
    if (!is_slice) {
        if (parts.back() == no_node) fail("what stands between `[` and `]` is missing", line);
        return make(node_kind::subscript, line, {}, std::move(parts));
    }
    parts.resize(4, no_node);
    return make(node_kind::slice, line, {}, std::move(parts));
}

node_id expression_parser::filters_and_tests(node_id subject)
{
    while (!error()) {
        if (accept_symbol("|"))
            subject = filter(subject);
        else if (accept_word("is"))
            subject = test(subject);
        else
            break;
    }
    return subject;
}

node_id expression_parser::filter(node_id subject)
{
    auto const name = peek();
    expect(token_kind::name, "the name of a filter");
    if (!has_filter(name.text)) fail("the filter " + quoted(name.text) + " is not supported", name.line);
    auto const one = make(node_kind::filter, name.line, name.text, {subject});
    if (is_symbol("(")) arguments(one, true);
    return one;
}

node_id expression_parser::test(node_id subject)
{
    bool const is_negated = accept_word("not");
    auto const name = peek();
    if (name.kind == token_kind::symbol && is_among(name.text, comparisons))
        next();
    else
        expect(token_kind::name, "the name of a test");
    if (!has_test(name.text)) fail("the test " + quoted(name.text) + " is not supported", name.line);
    auto one = make(node_kind::test, name.line, name.text, {subject});
    auto const& now = peek();
    bool const takes_argument =
        now.kind == token_kind::integer || now.kind == token_kind::real || now.kind == token_kind::string ||
        (now.kind == token_kind::name && !is_among(now.text, reserved)) || is_symbol("[") || is_symbol("{");
    if (is_symbol("("))
        arguments(one, false);
    else if (takes_argument)
        adopt(one, postfix(primary()));
    return is_negated ? make(node_kind::negation, name.line, {}, {one}) : one;
}

void expression_parser::arguments(node_id of, bool takes_named)
{
    expect_symbol("(");
    while (!is_symbol(")") && !error()) {
        bool const is_named =
            peek().kind == token_kind::name && peek(1).kind == token_kind::symbol && peek(1).text == "=";
        if (is_named && takes_named) {
            auto const name = next().text;
            next();
            auto const value = expression();
            at(of).named.emplace_back(name, value);
            adopt(of, value); // for the depth alone
            at(of).children.pop_back();
        } else if (is_named) {
            fail("the argument `" + std::string(peek().text) + "` cannot be named", peek().line);
        } else if (!at(of).named.empty()) {
            fail("an argument without a name stands behind one with a name", peek().line);
        } else {
            adopt(of, expression());
        }
        if (!accept_symbol(",")) break;
    }
    expect_symbol(")");
}

} // namespace weir::prompts::jinja
