#include "prompts/jinja/call.hpp"

#include <algorithm>

namespace weir::prompts::jinja
{
namespace
{

bool has_no(char first, char last, json::string const& text)
{
    return std::none_of(text.begin(), text.end(), [=](char c) { return c >= first && c <= last; });
}

bool has_letter(json::string const& text) { return !has_no('a', 'z', text) || !has_no('A', 'Z', text); }

struct kind_test {
    std::string_view name;
    bool (*holds)(value const& of);
};

/// Of what a value is, by itself.
constexpr kind_test kind_tests[] = {
    {"boolean", [](value const& of) { return of.get().is_bool(); }},
    {"defined", [](value const& of) { return !of.is_undefined(); }},
    {"false", [](value const& of) { return of.get().is_bool() && !of.get().get_bool(); }},
    {"float", [](value const& of) { return of.get().is_double(); }},
    {"integer", [](value const& of) { return of.get().is_int64() || of.get().is_uint64(); }},
    {"iterable", [](value const& of) { return of.list() || of.text() || of.dict(); }},
    {"lower", [](value const& of) { return of.text() && has_letter(*of.text()) && has_no('A', 'Z', *of.text()); }},
    {"mapping", [](value const& of) { return of.dict() != nullptr; }},
    {"none", [](value const& of) { return !of.is_undefined() && of.get().is_null(); }},
    {"number", [](value const& of) { return of.get().is_number() || of.get().is_bool(); }},
    {"sequence", [](value const& of) { return of.list() || of.text() || of.dict(); }},
    {"string", [](value const& of) { return of.text() != nullptr; }},
    {"true", [](value const& of) { return of.get().is_bool() && of.get().get_bool(); }},
    {"undefined", [](value const& of) { return of.is_undefined(); }},
    {"upper", [](value const& of) { return of.text() && has_letter(*of.text()) && has_no('a', 'z', *of.text()); }},
};

kind_test const* find_kind_test(std::string_view name)
{
    auto const* const found = std::find_if(std::begin(kind_tests), std::end(kind_tests),
                                           [name](auto const& one) { return one.name == name; });
    return found == std::end(kind_tests) ? nullptr : found;
}

constexpr bool is_of_division(std::string_view name)
{
    return name == "even" || name == "odd" || name == "divisibleby";
}

bool is_divided(call const& with, std::int64_t by, std::int64_t rest, account& costs)
{
    auto const number = integer_of(with.subject.get());
    if (number && by != 0) return by == -1 ? rest == 0 : (*number % by + by) % by == rest;
    costs.fail("`" + std::string(with.name) + "` takes whole numbers");
    return false;
}

/// The operator that a test stands for: empty when it is none.
std::string_view operator_of(std::string_view name)
{
    constexpr std::pair<std::string_view, std::string_view> names[] = {
        {"eq", "=="}, {"equalto", "=="}, {"==", "=="}, {"ne", "!="},         {"!=", "!="}, {"lt", "<"},
        {"<", "<"},   {"lessthan", "<"}, {"le", "<="}, {"<=", "<="},         {"gt", ">"},  {">", ">"},
        {"ge", ">="}, {">=", ">="},      {"in", "in"}, {"greaterthan", ">"},
    };
    for (auto const& [word, sign] : names)
        if (word == name) return sign;
    return {};
}

} // namespace

bool compare(std::string_view how, value const& left, value const& right, account& costs)
{
    bool const is_scalar = !left.list() && !left.dict() && !right.list() && !right.dict();
    if (!is_scalar && !(costs.spend_on(left.get()) && costs.spend_on(right.get()))) return false;
    if (is_scalar && !costs.spend((left.text() ? left.text()->size() : 0) + (right.text() ? right.text()->size() : 0)))
        return false;
    if (how == "==" || how == "!=") {
        bool const is_equal = left.is_undefined() == right.is_undefined() && equal(left.get(), right.get());
        return is_equal == (how == "==");
    }
    if (how == "not in") return !compare("in", left, right, costs);
    if (how == "in") {
        if (right.is_undefined()) return false;
        if (auto const* const list = right.list())
            return std::any_of(list->begin(), list->end(),
                               [&](json::value const& one) { return equal(one, left.get()); });
        if (right.dict() && left.text()) return right.dict()->contains(*left.text());
        if (right.dict()) return false;
        if (right.text() && left.text())
            return find_text(view(*right.text()), view(*left.text())) != std::string_view::npos;
        costs.fail("`in` takes a list, a dict, or a text in a text");
        return false;
    }
    auto const order = compared(left.get(), right.get());
    if (!order) costs.fail("these values have no order: `" + std::string(how) + "` takes two numbers or two texts");
    if (!order) return false;
    if (how == "<") return *order < 0;
    if (how == "<=") return *order <= 0;
    if (how == ">") return *order > 0;
    return *order >= 0;
}

bool has_test(std::string_view name)
{
    return find_kind_test(name) || is_of_division(name) || !operator_of(name).empty();
}

bool apply_test(call const& with, account& costs)
{
    if (costs.failed()) return false;
    if (auto const* const test = find_kind_test(with.name)) return test->holds(with.subject);
    if (with.name == "even") return is_divided(with, 2, 0, costs);
    if (with.name == "odd") return is_divided(with, 2, 1, costs);
    if (with.name == "divisibleby") return is_divided(with, with.integer(0, "num").value_or(0), 0, costs);
    if (with.positional.size() == 1) return compare(operator_of(with.name), with.subject, with.positional[0], costs);
    costs.fail("the test " + quoted(with.name) + " takes one argument");
    return false;
}

} // namespace weir::prompts::jinja
