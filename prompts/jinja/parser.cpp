#include "prompts/jinja/parser.hpp"

#include "prompts/jinja/expression_parser.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>

namespace weir::prompts::jinja
{
namespace
{

class parser
{
public:
    explicit parser(std::vector<token> tokens)
        : in_(std::move(tokens))
    {
    }

    rendering<program> run()
    {
        auto const root = body({}, {}, 1);
        if (in_.error()) return *in_.error();
        auto made = std::move(in_).take();
        made.root = root;
        return made;
    }

private:
    using words = std::initializer_list<std::string_view>;

    /// Whether `{% word %}` stands here, for one of these words.
    bool at_block(words const& any) const
    {
        return in_.peek().kind == token_kind::begin_block && in_.peek(1).kind == token_kind::name &&
               std::find(any.begin(), any.end(), in_.peek(1).text) != any.end();
    }

    /// What stands up to one of the words that end it, which stay; `of` is what is then not closed.
    node_id body(words const& ends, std::string_view of, std::size_t line)
    {
        expression_parser::level const deeper(in_);
        std::vector<node_id> parts;
        while (deeper && in_.peek().kind != token_kind::end && !at_block(ends)) parts.push_back(part());
        if (ends.size() > 0 && in_.peek().kind == token_kind::end)
            in_.fail("`" + std::string(of) + "` is not closed by `end" + std::string(of) + "`", line);
        return in_.make(node_kind::body, line, {}, std::move(parts));
    }

    node_id part()
    {
        auto const first = in_.next();
        if (first.kind == token_kind::text) return in_.make(node_kind::text, first.line, first.text, {});
        if (first.kind == token_kind::begin_output) {
            auto const value = in_.tuple();
            auto const end = in_.peek().text;
            in_.expect(token_kind::end_output, "}}");
            auto const* const begin = first.text.data(); // both are of the source
            bool const is_closed = !in_.error();
            std::string_view const whole(begin, is_closed ? static_cast<std::size_t>(end.end() - begin) : 0);
            return in_.make(node_kind::output, first.line, whole, {value});
        }
        auto const word = in_.peek();
        in_.expect(token_kind::name, "the name of a statement");
        if (word.text == "if") return branches(word.line);
        if (word.text == "for") return loop(word.line);
        if (word.text == "set") return set(word.line);
        auto const name = std::string(word.text.substr(0, 40));
        for (std::string_view const inner : {"elif", "else", "endif", "endfor", "endset", "endraw"})
            if (word.text == inner) in_.fail("`" + name + "` does not belong to anything here", word.line);
        in_.fail("the statement `" + name + "` is not supported", word.line);
        return in_.make(node_kind::body, word.line, {}, {});
    }

    void end_block() { in_.expect(token_kind::end_block, "%}"); }

    /// Passes over `{% word`, where one of the expected words stands.
    std::string_view enter_block()
    {
        in_.next();
        return in_.next().text;
    }

    node_id branches(std::size_t line)
    {
        std::vector<node_id> all;
        for (std::string_view word = "if"; word != "endif" && !in_.error();) {
            if (word != "else") all.push_back(in_.tuple());
            end_block();
            all.push_back(word == "else" ? body({"endif"}, "if", line) : body({"elif", "else", "endif"}, "if", line));
            word = enter_block();
        }
        end_block();
        return in_.make(node_kind::branches, line, {}, std::move(all));
    }

    std::vector<std::string_view> targets()
    {
        bool const in_brackets = in_.accept_symbol("(");
        std::vector<std::string_view> names{in_.variable_name()};
        while (in_.accept_symbol(",")) names.push_back(in_.variable_name());
        if (in_brackets) in_.expect_symbol(")");
        return names;
    }

    node_id loop(std::size_t line)
    {
        auto names = targets();
        if (!in_.accept_word("in")) in_.fail("`in` is missing", in_.peek().line);
        auto const iterable = in_.without_condition();
        auto const condition = in_.accept_word("if") ? in_.expression() : no_node;
        if (in_.is_word("recursive")) in_.fail("`recursive` is not supported", in_.peek().line);
        end_block();
        auto const each = body({"else", "endfor"}, "for", line);
        auto otherwise = no_node;
        if (enter_block() == "else") {
            end_block();
            otherwise = body({"endfor"}, "for", line);
            enter_block();
        }
        end_block();
        auto const one = in_.make(node_kind::loop, line, {}, {iterable, condition, each, otherwise});
        in_.at(one).words = std::move(names);
        return one;
    }

    node_id set(std::size_t line)
    {
        auto names = targets();
        if (in_.is_symbol(".")) in_.fail("`set` of an attribute is not supported", line);
        if (in_.accept_symbol("=")) {
            auto const value = in_.tuple();
            end_block();
            auto const one = in_.make(node_kind::set, line, {}, {value});
            in_.at(one).words = std::move(names);
            return one;
        }
        if (in_.is_symbol("|")) in_.fail("filters of a `set` block are not supported", line);
        if (names.size() > 1) in_.fail("a `set` block sets one variable", line);
        end_block();
        auto const what = body({"endset"}, "set", line);
        enter_block();
        end_block();
        return in_.make(node_kind::set_block, line, names.front(), {what});
    }

    expression_parser in_;
};

} // namespace

rendering<program> parse(std::string_view source)
{
    auto tokens = tokens_of(source);
    if (!tokens) return tokens.error();
    return parser(std::move(*tokens)).run();
}

} // namespace weir::prompts::jinja
