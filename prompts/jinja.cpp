#include "prompts/jinja.hpp"

#include "prompts/jinja/evaluator.hpp"
#include "prompts/jinja/parser.hpp"

#include <set>

namespace weir::prompts
{
namespace
{

using jinja::node_id;
using jinja::node_kind;

/// Finds the names that nothing in the template sets before they are used.
class free_names
{
public:
    explicit free_names(jinja::program const& of)
        : of_(of)
    {
    }

    std::vector<std::string> run()
    {
        walk(of_.root, false);
        return std::move(found_);
    }

private:
    void walk(node_id id, bool in_loop)
    {
        if (id == jinja::no_node) return;
        auto const& one = of_.nodes[id];
        if (one.kind == node_kind::name) {
            bool const is_free = !bound_.contains(one.text) && !(in_loop && one.text == "loop");
            if (is_free && seen_.insert(one.text).second) found_.emplace_back(one.text);
            return;
        }
        if (one.kind == node_kind::loop) return walk_loop(one, in_loop);
        for (auto const child : one.children) walk(child, in_loop);
        for (auto const& [key, value] : one.named) walk(value, in_loop);
        if (one.kind == node_kind::set)
            for (auto const name : one.words) bind(name);
        if (one.kind == node_kind::set_block) bind(one.text);
    }

    /// What is set in a loop is forgotten at its end.
    void walk_loop(jinja::node const& one, bool in_loop)
    {
        walk(one.children[0], in_loop);
        auto const before = order_.size();
        for (auto const name : one.words) bind(name);
        walk(one.children[1], in_loop);
        walk(one.children[2], true);
        for (; order_.size() > before; order_.pop_back()) bound_.erase(order_.back());
        walk(one.children[3], in_loop);
    }

    void bind(std::string_view name)
    {
        if (bound_.insert(name).second) order_.push_back(name);
    }

    jinja::program const& of_;
    std::set<std::string_view> bound_, seen_;
    std::vector<std::string_view> order_; ///< in which names were bound
    std::vector<std::string> found_;
};

} // namespace

rendering<std::string> render_jinja(std::string_view source, boost::json::object const& variables,
                                    render_budget& budget)
{
    if (!spend(budget.work, source.size())) return template_error("the template does too much", 0);
    auto const parsed = jinja::parse(source);
    if (!parsed) return parsed.error();
    return jinja::evaluator(*parsed, variables, budget).run();
}

std::optional<std::vector<template_piece>> jinja_pieces(std::string_view source)
{
    auto const parsed = jinja::parse(source);
    if (!parsed) return std::nullopt;
    std::vector<template_piece> pieces;
    for (auto const id : parsed->nodes[parsed->root].children) {
        auto const& part = parsed->nodes[id];
        bool const is_output = part.kind == node_kind::output;
        auto const& what = is_output ? parsed->nodes[part.children[0]] : part;
        if (!is_output && part.kind != node_kind::text) return std::nullopt;
        if (is_output && what.kind != node_kind::name) return std::nullopt;
        pieces.push_back({std::string(what.text), is_output});
    }
    return pieces;
}

rendering<std::vector<std::string>> jinja_variables(std::string_view source)
{
    auto const parsed = jinja::parse(source);
    if (!parsed) return parsed.error();
    return free_names(*parsed).run();
}

} // namespace weir::prompts
