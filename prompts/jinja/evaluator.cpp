#include "prompts/jinja/evaluator.hpp"

#include "prompts/jinja/arithmetic.hpp"

#include <algorithm>

namespace weir::prompts::jinja
{
namespace
{

constexpr std::size_t step = 16;

value of_size(std::size_t number) { return json::value(static_cast<std::int64_t>(number)); }

} // namespace

evaluator::evaluator(program const& what, json::object const& variables, render_budget& budget)
    : what_(what)
    , variables_(variables)
    , costs_(budget)
{
}

rendering<std::string> evaluator::run()
{
    std::string out;
    is_put_out_ = true;
    execute(what_.root, out);
    if (costs_.failed()) return costs_.error();
    return out;
}

void evaluator::put(std::string_view text, std::string& out)
{
    if (is_put_out_ ? costs_.put_out(text.size()) : costs_.spend(text.size())) out += text;
}

void evaluator::execute(node_id id, std::string& out)
{
    if (id == no_node || !costs_.spend(step)) return;
    auto const& one = at(id);
    costs_.line = one.line;
    switch (one.kind) {
    case node_kind::body:
        for (auto const child : one.children) execute(child, out);
        break;
    case node_kind::text: put(one.text, out); break;
    case node_kind::output: run_output(one, out); break;
    case node_kind::branches: run_branches(one, out); break;
    case node_kind::loop: run_loop(one, out); break;
    case node_kind::set: set(one.words, evaluate(one.children[0])); break;
    case node_kind::set_block: {
        std::string text;
        bool const was = std::exchange(is_put_out_, false);
        execute(one.children[0], text);
        is_put_out_ = was;
        set({one.text}, json::value(view(text)));
        break;
    }
    default: break;
    }
}

void evaluator::run_output(node const& one, std::string& out)
{
    auto const what = evaluate(one.children[0]);
    if (what.is_undefined() && is_given_path(one.children[0])) return put(one.text, out);
    if (auto const* const text = what.text()) return put(view(*text), out);
    if (costs_.spend_on(what.get())) put(text_of(what), out);
}

void evaluator::run_branches(node const& one, std::string& out)
{
    std::size_t i = 0;
    for (; i + 1 < one.children.size(); i += 2)
        if (is_true(evaluate(one.children[i]))) return execute(one.children[i + 1], out);
    if (i < one.children.size()) execute(one.children[i], out);
}

void evaluator::run_loop(node const& one, std::string& out)
{
    auto items = items_of(evaluate(one.children[0]), costs_);
    if (!items) return;
    scopes_.emplace_back();
    if (auto const condition = one.children[1]; condition != no_node) {
        std::erase_if(*items, [&](value const& item) {
            set(one.words, item);
            return !is_true(evaluate(condition));
        });
        scopes_.back().clear();
    }
    loops_.push_back({&*items});
    for (std::size_t i = 0; i < items->size() && !costs_.failed(); ++i) {
        loops_.back().at = i;
        scopes_.back().clear();
        set(one.words, (*items)[i]);
        execute(one.children[2], out);
    }
    loops_.pop_back();
    scopes_.pop_back();
    if (items->empty()) execute(one.children[3], out);
}

void evaluator::set(std::vector<std::string_view> const& names, value const& what)
{
    if (names.size() == 1) {
        if (costs_.spend(step)) scopes_.back()[names.front()] = what;
        return;
    }
    auto const parts = items_of(what, costs_);
    if (!parts) return;
    if (parts->size() != names.size()) {
        costs_.fail(std::to_string(names.size()) + " variables cannot take " + std::to_string(parts->size()) +
                    " values");
        return;
    }
    for (std::size_t i = 0; i < names.size(); ++i) scopes_.back()[names[i]] = (*parts)[i];
}

value evaluator::evaluate(node_id id)
{
    if (id == no_node || !costs_.spend(step)) return {};
    auto const& one = at(id);
    costs_.line = one.line;
    return evaluate_node(one);
}

value evaluator::evaluate_node(node const& one)
{
    switch (one.kind) {
    case node_kind::literal: return value::borrowed(one.value);
    case node_kind::name: return name(one);
    case node_kind::list: return list(one);
    case node_kind::dict: return dict(one);
    case node_kind::attribute: return attribute(one);
    case node_kind::subscript: return subscript(one);
    case node_kind::slice: {
        auto const of = evaluate(one.children[0]);
        auto const begin = evaluate(one.children[1]), end = evaluate(one.children[2]);
        return slice(of, begin, end, evaluate(one.children[3]), costs_);
    }
    case node_kind::filter: return apply_filter(call_of(one), costs_);
    case node_kind::test: return json::value(apply_test(call_of(one), costs_));
    case node_kind::method: return method(one);
    case node_kind::function: return range(one);
    case node_kind::negation: return json::value(!is_true(evaluate(one.children[0])));
    case node_kind::sign: return with_sign(one.text, evaluate(one.children[0]), costs_);
    case node_kind::arithmetic: {
        auto const left = evaluate(one.children[0]), right = evaluate(one.children[1]);
        return calculate(one.text, left, right, costs_);
    }
    case node_kind::concat: return concat(one);
    case node_kind::comparison: return json::value(comparison(one));
    case node_kind::all_of:
    case node_kind::any_of: {
        value last;
        for (auto const child : one.children) {
            last = evaluate(child);
            if (is_true(last) == (one.kind == node_kind::any_of)) break;
        }
        return last;
    }
    case node_kind::choice: return evaluate(one.children[is_true(evaluate(one.children[0])) ? 1 : 2]);
    default: return {};
    }
}

value evaluator::name(node const& one)
{
    if (!costs_.spend(scopes_.size())) return {};
    for (auto at = scopes_.rbegin(); at != scopes_.rend(); ++at)
        if (auto const found = at->find(one.text); found != at->end()) return found->second;
    if (auto const* const given = variables_.if_contains(view(one.text))) return value::borrowed(*given);
    if (one.text == "loop" && !loops_.empty())
        return costs_.fail("`loop` by itself is not supported, only its members are");
    return {};
}

bool evaluator::is_loop(node_id id) const
{
    if (at(id).kind != node_kind::name || at(id).text != "loop" || loops_.empty()) return false;
    return std::none_of(scopes_.begin(), scopes_.end(), [](scope const& s) { return s.contains("loop"); });
}

bool evaluator::is_given_path(node_id id) const
{
    while (at(id).kind == node_kind::attribute) id = at(id).children[0];
    auto const& root = at(id);
    auto const is_set_here = [&root](scope const& one) { return one.contains(root.text); };
    return root.kind == node_kind::name && !is_loop(id) && std::ranges::none_of(scopes_, is_set_here);
}

value evaluator::attribute(node const& one)
{
    if (is_loop(one.children[0])) return loop_member(one.text);
    return member(evaluate(one.children[0]), one.text);
}

value evaluator::loop_member(std::string_view name)
{
    auto const& now = loops_.back();
    auto const size = now.items->size();
    if (name == "index") return of_size(now.at + 1);
    if (name == "index0") return of_size(now.at);
    if (name == "revindex") return of_size(size - now.at);
    if (name == "revindex0") return of_size(size - now.at - 1);
    if (name == "first") return json::value(now.at == 0);
    if (name == "last") return json::value(now.at + 1 == size);
    if (name == "length") return of_size(size);
    if (name == "depth") return of_size(1);
    if (name == "depth0") return of_size(0);
    if (name == "previtem") return now.at > 0 ? (*now.items)[now.at - 1] : value();
    if (name == "nextitem") return now.at + 1 < size ? (*now.items)[now.at + 1] : value();
    return costs_.fail("`loop." + std::string(name.substr(0, 40)) + "` is not supported");
}

value evaluator::subscript(node const& one)
{
    auto const of = evaluate(one.children[0]), key = evaluate(one.children[1]);
    if (auto const* const text = key.text()) return of.dict() ? member(of, view(*text)) : value();
    auto const number = integer_of(key.get());
    if (!number) return {};
    if (of.text() && !costs_.spend(of.text()->size())) return {};
    return element(of, *number);
}

value evaluator::range(node const& one)
{
    std::vector<std::int64_t> numbers;
    for (auto const child : one.children) {
        auto const number = integer_of(evaluate(child).get());
        if (!number) return costs_.fail("`range` takes whole numbers");
        numbers.push_back(*number);
    }
    if (numbers.empty() || numbers.size() > 3) return costs_.fail("`range` takes one to three numbers");
    auto const by = numbers.size() == 3 ? numbers[2] : 1;
    auto const end = numbers[numbers.size() == 1 ? 0 : 1];
    if (by == 0) return costs_.fail("the step of `range` is 0");
    json::array all;
    for (auto at = numbers.size() == 1 ? 0 : numbers[0]; by < 0 ? at > end : at < end;) {
        if (!costs_.spend(2 * sizeof(json::value))) return {};
        all.emplace_back(at);
        if (__builtin_add_overflow(at, by, &at)) break;
    }
    return json::value(std::move(all));
}

value evaluator::method(node const& one)
{
    if (!is_loop(one.children[0])) return apply_method(call_of(one), costs_);
    auto const count = one.children.size() - 1;
    if (one.text == "cycle" && count > 0) return evaluate(one.children[1 + loops_.back().at % count]);
    return costs_.fail("`loop." + std::string(one.text.substr(0, 40)) + "()` is not supported");
}

call evaluator::call_of(node const& one)
{
    call made{.name = one.text, .subject = evaluate(one.children[0]), .positional = {}, .named = {}};
    for (std::size_t i = 1; i < one.children.size(); ++i) made.positional.push_back(evaluate(one.children[i]));
    for (auto const& [key, id] : one.named) made.named.emplace_back(key, evaluate(id));
    costs_.line = one.line;
    return made;
}

value evaluator::list(node const& one)
{
    json::array all;
    for (auto const child : one.children) {
        auto const element = evaluate(child);
        if (!costs_.spend_on(element.get())) return {};
        all.push_back(element.get());
    }
    return json::value(std::move(all));
}

value evaluator::dict(node const& one)
{
    json::object all;
    for (std::size_t i = 0; i + 1 < one.children.size(); i += 2) {
        auto const key = evaluate(one.children[i]), of = evaluate(one.children[i + 1]);
        if (!costs_.spend_on(key.get()) || !costs_.spend_on(of.get())) return {};
        if (!key.text()) return costs_.fail("only texts can be keys of a dict");
        all[*key.text()] = of.get();
    }
    return json::value(std::move(all));
}

value evaluator::concat(node const& one)
{
    std::string all;
    for (auto const child : one.children) {
        auto const part = evaluate(child);
        if (!costs_.spend_on(part.get())) return {};
        all += text_of(part);
    }
    return json::value(view(all));
}

bool evaluator::comparison(node const& one)
{
    auto left = evaluate(one.children[0]);
    for (std::size_t i = 0; i < one.words.size(); ++i) {
        auto right = evaluate(one.children[i + 1]);
        costs_.line = one.line;
        if (costs_.failed() || !compare(one.words[i], left, right, costs_)) return false;
        left = std::move(right);
    }
    return true;
}

} // namespace weir::prompts::jinja
