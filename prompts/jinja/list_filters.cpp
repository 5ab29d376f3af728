#include "prompts/jinja/filters.hpp"
#include "prompts/jinja/syntax.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace weir::prompts::jinja
{
namespace
{

std::string folded(std::string_view text)
{
    std::string out(text);
    for (auto& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
}

/// A list of copies, which are paid for.
value list_of(std::vector<value> const& all, account& costs)
{
    json::array out;
    out.reserve(all.size());
    for (auto const& one : all) {
        if (!costs.spend_on(one.get())) return {};
        out.push_back(one.get());
    }
    return json::value(std::move(out));
}

value otherwise(call const& with, account&)
{
    bool const is_given = with.flag(1, "boolean", false) ? is_true(with.subject) : !with.subject.is_undefined();
    if (is_given) return with.subject;
    auto const wanted = with.argument(0, "default_value");
    return wanted.is_undefined() ? value(json::value("")) : wanted;
}

value length(call const& with, account& costs)
{
    auto const count = [](std::size_t n) { return value(json::value(static_cast<std::int64_t>(n))); };
    if (with.subject.is_undefined()) return count(0);
    if (auto const* const list = with.subject.list()) return count(list->size());
    if (auto const* const dict = with.subject.dict()) return count(dict->size());
    auto const* const text = with.subject.text();
    if (!text) return costs.fail("what is no list, dict or text has no length");
    return costs.spend(text->size()) ? count(characters(view(*text))) : value();
}

value first(call const& with, account& costs)
{
    if (with.subject.text()) return element(with.subject, 0);
    auto const all = items_of(with.subject, costs);
    return all && !all->empty() ? all->front() : value();
}

value last(call const& with, account& costs)
{
    if (auto const* const text = with.subject.text())
        return costs.spend(2 * text->size()) ? element(with.subject, -1) : value();
    auto const all = items_of(with.subject, costs);
    return all && !all->empty() ? all->back() : value();
}

value list(call const& with, account& costs)
{
    if (with.subject.list()) return with.subject;
    auto const all = items_of(with.subject, costs);
    return all ? list_of(*all, costs) : value();
}

value reverse(call const& with, account& costs)
{
    auto all = items_of(with.subject, costs);
    if (!all) return {};
    std::reverse(all->begin(), all->end());
    if (!with.subject.text()) return list_of(*all, costs);
    json::string text;
    for (auto const& one : *all) text += *one.text();
    return json::value(std::move(text));
}

/// The elements by what `attribute` names of each, or by themselves.
struct keyed_items {
    std::vector<value> items;
    std::vector<value> keys;
};

std::optional<keyed_items> keyed(call const& with, account& costs, std::size_t place)
{
    auto all = items_of(with.subject, costs);
    if (!all) return std::nullopt;
    auto const attribute = with.argument(place, "attribute");
    keyed_items found{std::move(*all), {}};
    if (attribute.is_undefined()) {
        found.keys = found.items;
        return found;
    }
    auto const path = text_of(attribute);
    if (!costs.spend(found.items.size() * (path.size() + sizeof(value)))) return std::nullopt;
    for (auto const& one : found.items) found.keys.push_back(at_path(one, path));
    return found;
}

/// What texts are compared by.
std::vector<value> folded_keys(std::vector<value> keys, bool is_case_sensitive, account& costs)
{
    for (auto& key : keys)
        if (auto const* const text = key.text(); text && !is_case_sensitive && costs.spend(text->size()))
            key = json::value(view(folded(view(*text))));
    return keys;
}

/// Numbers of the elements in the order of their keys; none, with an error, when they have no order.
std::optional<std::vector<std::size_t>> order_of(std::vector<value> const& keys, account& costs)
{
    std::vector<std::size_t> order;
    bool const is_numbers = std::all_of(keys.begin(), keys.end(), [](value const& k) { return number_of(k.get()); });
    bool const is_texts = std::all_of(keys.begin(), keys.end(), [](value const& k) { return k.text() != nullptr; });
    if (!is_numbers && !is_texts) {
        costs.fail("only numbers, or only texts, can be put in order");
        return std::nullopt;
    }
    auto const rounds = static_cast<std::size_t>(std::log2(static_cast<double>(keys.size()) + 1)) + 1;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        auto const* const text = keys[i].text();
        if (!costs.spend(rounds * (16 + (text ? text->size() : 0)))) return std::nullopt;
        order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&keys](std::size_t a, std::size_t b) { return *compared(keys[a].get(), keys[b].get()) < 0; });
    return order;
}

std::vector<value> chosen(std::vector<value> const& from, std::vector<std::size_t> const& order)
{
    std::vector<value> all;
    all.reserve(order.size());
    for (auto const i : order) all.push_back(from[i]);
    return all;
}

value sort(call const& with, account& costs)
{
    auto found = keyed(with, costs, 2);
    if (!found) return {};
    bool const is_reversed = with.flag(0, "reverse", false);
    auto const keys = folded_keys(std::move(found->keys), with.flag(1, "case_sensitive", false), costs);
    if (is_reversed) std::reverse(found->items.begin(), found->items.end()); // equals keep their order
    auto ordered = keys;
    if (is_reversed) std::reverse(ordered.begin(), ordered.end());
    auto order = order_of(ordered, costs);
    if (!order) return {};
    if (is_reversed) std::reverse(order->begin(), order->end());
    return list_of(chosen(found->items, *order), costs);
}

value unique(call const& with, account& costs)
{
    auto found = keyed(with, costs, 1);
    if (!found) return {};
    auto const keys = folded_keys(std::move(found->keys), with.flag(0, "case_sensitive", false), costs);
    std::set<std::string> seen;
    std::vector<value> all;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (!costs.spend_on(keys[i].get())) return {};
        std::string shown;
        append_repr(keys[i].get(), shown);
        if (seen.insert(std::move(shown)).second) all.push_back(found->items[i]);
    }
    return list_of(all, costs);
}

value extreme(call const& with, account& costs, bool is_least)
{
    auto found = keyed(with, costs, 1);
    if (!found || found->items.empty()) return {};
    auto const keys = folded_keys(std::move(found->keys), with.flag(0, "case_sensitive", false), costs);
    auto const order = order_of(keys, costs);
    if (!order) return {};
    return found->items[is_least ? order->front() : order->back()];
}
value least(call const& with, account& costs) { return extreme(with, costs, true); }
value greatest(call const& with, account& costs) { return extreme(with, costs, false); }

value sum(call const& with, account& costs)
{
    auto const found = keyed(with, costs, 0);
    if (!found) return {};
    std::int64_t whole = with.integer(1, "start").value_or(0);
    double real = static_cast<double>(whole);
    bool is_whole = true;
    for (auto const& key : found->keys) {
        auto const integer = integer_of(key.get());
        auto const number = number_of(key.get());
        if (!number) return costs.fail("`sum` takes numbers");
        is_whole = is_whole && integer && !__builtin_add_overflow(whole, *integer, &whole);
        real += *number;
    }
    if (!std::isfinite(real)) return costs.fail("a number becomes too large");
    return is_whole ? json::value(whole) : json::value(real);
}

value map(call const& with, account& costs)
{
    auto const attribute = with.argument(99, "attribute");
    if (attribute.is_undefined() || !with.positional.empty())
        return costs.fail("`map` is supported with `attribute=` only");
    auto const fallback = with.argument(99, "default");
    auto found = keyed(with, costs, 99);
    if (!found) return {};
    for (auto& one : found->keys)
        if (one.is_undefined()) one = fallback;
    return list_of(found->keys, costs);
}

value items(call const& with, account& costs)
{
    auto const* const dict = with.subject.dict();
    if (with.subject.is_undefined()) return json::value(json::array());
    if (!dict) return costs.fail("`items` takes a dict");
    if (!costs.spend_on(with.subject.get())) return {};
    json::array all;
    for (auto const& one : *dict) {
        if (!costs.spend(4 * sizeof(json::value))) return {};
        all.push_back(json::array{json::value(one.key()), one.value()});
    }
    return json::value(std::move(all));
}

value dictsort(call const& with, account& costs)
{
    auto const pairs = items(with, costs);
    auto const by = with.text(1, "by", "key");
    if (!pairs.list()) return {};
    if (by != "key" && by != "value") return costs.fail("`by` of `dictsort` must be key or value");
    call const in_order{.name = "sort",
                        .subject = pairs,
                        .positional = {with.argument(2, "reverse"), with.argument(0, "case_sensitive"),
                                       json::value(by == "key" ? 0 : 1)},
                        .named = {}};
    return sort(in_order, costs);
}

/// As Python's json.dumps() writes it with its usual settings and keys in order, and Jinja's escapes for HTML.
class json_writer
{
public:
    explicit json_writer(std::size_t indent)
        : indent_(indent)
    {
    }

    void write(json::value const& of, std::size_t depth, std::string& out) const
    {
        if (auto const* const text = of.if_string()) return write_text(view(*text), out);
        if (auto const* const list = of.if_array()) {
            write_all('[', ']', *list, depth, out, [&](json::value const& one) { write(one, depth + 1, out); });
        } else if (auto const* const dict = of.if_object()) {
            std::vector<json::object::const_iterator> members;
            for (auto at = dict->begin(); at != dict->end(); ++at) members.push_back(at);
            std::sort(members.begin(), members.end(), [](auto a, auto b) { return a->key() < b->key(); });
            write_all('{', '}', members, depth, out, [&](json::object::const_iterator one) {
                write_text({one->key().data(), one->key().size()}, out);
                out += ": ";
                write(one->value(), depth + 1, out);
            });
        } else if (of.is_bool()) {
            out += of.get_bool() ? "true" : "false";
        } else if (of.is_null()) {
            out += "null";
        } else {
            append_repr(of, out);
        }
    }

private:
    template <class All, class WriteOne>
    void write_all(char open, char close, All const& all, std::size_t depth, std::string& out,
                   WriteOne const& write_one) const
    {
        out += open;
        bool is_first = true;
        for (auto const& one : all) {
            if (!is_first) out += indent_ > 0 ? "," : ", ";
            is_first = false;
            new_line(depth + 1, out);
            write_one(one);
        }
        if (!is_first) new_line(depth, out);
        out += close;
    }

    void new_line(std::size_t depth, std::string& out) const
    {
        if (indent_ > 0) out.append(1, '\n').append(indent_ * depth, ' ');
    }

    static void write_unit(unsigned unit, std::string& out)
    {
        constexpr std::string_view digits = "0123456789abcdef";
        out += "\\u";
        for (int shift = 12; shift >= 0; shift -= 4) out += digits[(unit >> static_cast<unsigned>(shift)) & 15U];
    }

    static void write_text(std::string_view text, std::string& out)
    {
        out += '"';
        for (std::size_t at = 0; at < text.size();) {
            auto const one = character_at(text, at);
            at += one.size();
            write_character(one, out);
        }
        out += '"';
    }

    static void write_character(std::string_view one, std::string& out)
    {
        auto const lead = static_cast<unsigned char>(one.front());
        if (one.size() > 1) {
            auto code = lead & (0xFFU >> (one.size() + 1));
            for (char const c : one.substr(1)) code = code << 6U | (static_cast<unsigned char>(c) & 0x3FU);
            if (code < 0x10000) return write_unit(code, out);
            write_unit(0xD800 + ((code - 0x10000) >> 10U), out);
            return write_unit(0xDC00 + ((code - 0x10000) & 0x3FFU), out);
        }
        switch (one.front()) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        case '\b': out += "\\b"; break;
        case '\f': out += "\\f"; break;
        default:
            if (lead < ' ' || lead > 0x7E || std::string_view("<>&'").find(one.front()) != std::string_view::npos)
                write_unit(lead, out);
            else
                out += one.front();
        }
    }

    std::size_t indent_;
};

value tojson(call const& with, account& costs)
{
    auto const indent = with.integer(0, "indent").value_or(0);
    if (indent < 0 || indent > 16) return costs.fail("`tojson` takes an indent of 0 to 16");
    auto const all = weigh(with.subject.get(), std::size_t{1} << 40U);
    if (!costs.spend_on(with.subject.get())) return {};
    if (!costs.spend(all.bytes * (6 + static_cast<std::size_t>(indent) * all.depth))) return {};
    std::string out;
    json_writer(static_cast<std::size_t>(indent)).write(with.subject.get(), 0, out);
    return json::value(view(out));
}

} // namespace

value join(call const& with, account& costs)
{
    auto const between = text_of(with.argument(0, "d"));
    auto const found = keyed(with, costs, 1);
    if (!found) return {};
    std::string out;
    for (auto const& one : found->keys) {
        if (!costs.spend_on(one.get())) return {};
        auto const text = text_of(one);
        if (!costs.spend(text.size() + between.size())) return {};
        if (&one != &found->keys.front()) out += between;
        out += text;
    }
    return json::value(view(out));
}

constexpr filter_entry all_list_filters[] = {
    {"count", length}, {"d", otherwise},   {"default", otherwise}, {"dictsort", dictsort}, {"first", first},
    {"items", items},  {"join", join},     {"last", last},         {"length", length},     {"list", list},
    {"map", map},      {"max", greatest},  {"min", least},         {"reverse", reverse},   {"sort", sort},
    {"sum", sum},      {"tojson", tojson}, {"unique", unique},
};
std::span<filter_entry const> const list_filters = all_list_filters;

} // namespace weir::prompts::jinja
