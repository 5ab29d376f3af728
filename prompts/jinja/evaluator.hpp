#pragma once

#include "prompts/jinja/call.hpp"
#include "prompts/jinja/syntax.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weir::prompts::jinja
{

/// Renders one template once.
class evaluator
{
public:
    /// All must outlive it.
    evaluator(program const& what, json::object const& variables, render_budget& budget);

    rendering<std::string> run();

private:
    /// The loop that is run, as templates see it.
    struct loop_state {
        std::vector<value> const* items;
        std::size_t at = 0;
    };
    using scope = std::map<std::string_view, value>;

    void execute(node_id id, std::string& out);
    void put(std::string_view text, std::string& out);
    void run_output(node const& one, std::string& out);
    void run_branches(node const& one, std::string& out);
    void run_loop(node const& one, std::string& out);
    void set(std::vector<std::string_view> const& names, value const& what);

    value evaluate(node_id id);
    value evaluate_node(node const& one);
    value name(node const& one);
    value attribute(node const& one);
    value loop_member(std::string_view name);
    value subscript(node const& one);
    value range(node const& one);
    value method(node const& one);
    value list(node const& one);
    value dict(node const& one);
    value concat(node const& one);
    bool comparison(node const& one);
    call call_of(node const& one);

    bool is_loop(node_id id) const;
    /// Whether it is a variable that is to be given from outside, or a path of names from one.
    bool is_given_path(node_id id) const;
    node const& at(node_id id) const { return what_.nodes[id]; }

    program const& what_;
    json::object const& variables_;
    account costs_;
    std::vector<scope> scopes_{1};
    std::vector<loop_state> loops_;
    bool is_put_out_ = false; ///< whether text is finished, or to be set
};

} // namespace weir::prompts::jinja
