#include "prompts/jinja/arithmetic.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace weir::prompts::jinja
{
namespace
{

constexpr auto least_integer = std::numeric_limits<std::int64_t>::min();

value too_large(account& costs) { return costs.fail("a number becomes too large"); }

value real(double number, account& costs)
{
    return std::isfinite(number) ? value(json::value(number)) : too_large(costs);
}

std::int64_t floored(std::int64_t left, std::int64_t right)
{
    auto const quotient = left / right;
    return left % right != 0 && (left < 0) != (right < 0) ? quotient - 1 : quotient;
}

value power(std::int64_t base, std::int64_t exponent, account& costs)
{
    if (exponent < 0) return real(std::pow(static_cast<double>(base), static_cast<double>(exponent)), costs);
    std::int64_t product = 1;
    if (base == 0 || base == 1 || exponent == 0) return json::value(exponent == 0 ? 1 : base);
    if (base == -1) return json::value(exponent % 2 == 0 ? 1 : -1);
    for (; exponent > 0; --exponent) // of 2 or more, and ends after 63 rounds
        if (__builtin_mul_overflow(product, base, &product)) return too_large(costs);
    return json::value(product);
}

value of_integers(std::string_view how, std::int64_t left, std::int64_t right, account& costs)
{
    std::int64_t out = 0;
    bool is_over = false;
    if (how == "+")
        is_over = __builtin_add_overflow(left, right, &out);
    else if (how == "-")
        is_over = __builtin_sub_overflow(left, right, &out);
    else if (how == "*")
        is_over = __builtin_mul_overflow(left, right, &out);
    else if (how == "**")
        return power(left, right, costs);
    else if (right == 0)
        return costs.fail("a division by zero");
    else if (how == "/")
        return real(static_cast<double>(left) / static_cast<double>(right), costs);
    else if (right == -1)
        is_over = how == "//" && __builtin_sub_overflow(std::int64_t{0}, left, &out);
    else
        out = how == "//" ? floored(left, right) : left - floored(left, right) * right;
    return is_over ? too_large(costs) : value(json::value(out));
}

value of_reals(std::string_view how, double left, double right, account& costs)
{
    if (how == "+") return real(left + right, costs);
    if (how == "-") return real(left - right, costs);
    if (how == "*") return real(left * right, costs);
    if (how == "**") return real(std::pow(left, right), costs);
    if (right == 0) return costs.fail("a division by zero");
    if (how == "/") return real(left / right, costs);
    auto const quotient = std::floor(left / right);
    return real(how == "//" ? quotient : left - quotient * right, costs);
}

value repeated(value const& what, std::int64_t times, account& costs)
{
    auto const count = static_cast<std::size_t>(std::max<std::int64_t>(times, 0));
    auto const size =
        what.text() ? what.text()->size() + 1 : weigh(what.get(), std::numeric_limits<std::size_t>::max()).bytes;
    std::size_t all = 0;
    if (!costs.spend(size) || __builtin_mul_overflow(size, count, &all)) all = std::numeric_limits<std::size_t>::max();
    if (!costs.spend(all)) return {};
    if (auto const* const text = what.text()) {
        json::string out;
        out.reserve(text->size() * count);
        for (std::size_t i = 0; i < count && !text->empty(); ++i) out += *text;
        return json::value(std::move(out));
    }
    json::array out;
    for (std::size_t i = 0; i < count; ++i) out.insert(out.end(), what.list()->begin(), what.list()->end());
    return json::value(std::move(out));
}

value joined(value const& left, value const& right, account& costs)
{
    if (!costs.spend_on(left.get()) || !costs.spend_on(right.get())) return {};
    if (left.text()) {
        auto out = *left.text();
        return json::value(out += *right.text());
    }
    auto out = *left.list();
    out.insert(out.end(), right.list()->begin(), right.list()->end());
    return json::value(std::move(out));
}

bool is_row(value const& of) { return of.text() || of.list(); }

} // namespace

value calculate(std::string_view how, value const& left, value const& right, account& costs)
{
    if (costs.failed()) return {};
    auto const a = integer_of(left.get()), b = integer_of(right.get());
    if (a && b) return of_integers(how, *a, *b, costs);
    auto const x = number_of(left.get()), y = number_of(right.get());
    if (x && y) return of_reals(how, *x, *y, costs);
    if (how == "+" && ((left.text() && right.text()) || (left.list() && right.list())))
        return joined(left, right, costs);
    if (how == "*" && is_row(left) && b) return repeated(left, *b, costs);
    if (how == "*" && a && is_row(right)) return repeated(right, *a, costs);
    bool const is_missing = left.is_undefined() || right.is_undefined();
    return costs.fail("`" + std::string(how) +
                      (is_missing ? "` is given what is undefined" : "` cannot join these values"));
}

value with_sign(std::string_view how, value const& of, account& costs)
{
    if (costs.failed()) return {};
    if (auto const whole = integer_of(of.get())) {
        if (how == "-" && *whole == least_integer) return too_large(costs);
        return json::value(how == "-" ? -*whole : *whole);
    }
    auto const number = number_of(of.get());
    return number ? value(json::value(how == "-" ? -*number : *number))
                  : costs.fail("`" + std::string(how) + "` takes a number");
}

value slice(value const& of, value const& begin, value const& end, value const& step, account& costs)
{
    if (of.is_undefined()) return {};
    if (!is_row(of)) return costs.fail("only lists and texts have slices");
    auto const* const whole = of.text();
    if (whole && !costs.spend(whole->size() * 3)) return {};
    auto const size = static_cast<std::int64_t>(whole ? characters(view(*whole)) : of.list()->size());
    auto const given = [&](value const& v, std::int64_t otherwise) {
        auto const number = integer_of(v.get());
        if (!number && !v.get().is_null()) costs.fail("a slice takes whole numbers");
        return number.value_or(otherwise);
    };
    auto const by = given(step, 1);
    if (by == 0 || by == least_integer) return costs.fail("the step of a slice is not possible");
    auto const place = [&](value const& v, std::int64_t otherwise) {
        if (v.get().is_null()) return otherwise;
        auto const number = given(v, 0);
        return std::clamp(number < 0 ? std::max(number, -size - 1) + size : std::min(number, size),
                          std::int64_t{by < 0 ? -1 : 0}, by < 0 ? size - 1 : size);
    };
    auto const from = place(begin, by < 0 ? size - 1 : 0), to = place(end, by < 0 ? -1 : size);
    if (costs.failed()) return {};
    if (whole && by == 1) {
        auto const rest = view(*whole).substr(offset_of(view(*whole), static_cast<std::size_t>(from)));
        return json::value(view(rest.substr(0, offset_of(rest, static_cast<std::size_t>(std::max(to, from) - from)))));
    }
    auto const all = items_of(of, costs);
    if (!all) return {};
    json::array out;
    json::string text;
    for (auto i = from; by < 0 ? i > to : i < to; i += std::clamp(by, -size - 1, size + 1)) {
        auto const& one = (*all)[static_cast<std::size_t>(i)];
        if (!costs.spend_on(one.get())) return {};
        if (of.text())
            text += *one.text();
        else
            out.push_back(one.get());
    }
    return of.text() ? value(json::value(std::move(text))) : value(json::value(std::move(out)));
}

} // namespace weir::prompts::jinja
