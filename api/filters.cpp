#include "api/filters.hpp"

#include "api/read_json.hpp"
#include "api/shape.hpp"
#include "net/text.hpp"
#include "net/time_text.hpp"

#include <boost/json/value.hpp>

#include <charconv>
#include <cmath>

namespace weir::api
{
namespace
{

using storage::comparison;
using storage::filter;

/// Calls `use` with the value of an optional member, if there is one.
template <class Use>
void if_present(field const& member, void const* object, Use use)
{
    member.of->each(member.at(const_cast<void*>(object)), &use, // an accessor: nothing is changed
                    [](void* with, std::string_view, void const* item) { (*static_cast<Use*>(with))(item); });
}

/// Calls `use` with each key and value of a map.
template <class Use>
void for_each_entry(shape const& map, void const* of, Use use)
{
    map.each(of, &use,
             [](void* with, std::string_view key, void const* item) { (*static_cast<Use*>(with))(key, item); });
}

comparison comparison_of(std::string_view name)
{
    struct {
        std::string_view name;
        comparison is;
    } constexpr names[] = {
        {"equals", comparison::equals},
        {"not-equals", comparison::not_equals},
        {"gt", comparison::gt},
        {"gte", comparison::gte},
        {"lt", comparison::lt},
        {"lte", comparison::lte},
        {"like", comparison::like},
        {"ilike", comparison::ilike},
        {"contains", comparison::contains},
        {"not-contains", comparison::not_contains},
    };
    for (auto const& one : names)
        if (one.name == name) return one.is;
    return comparison::equals; // the types have no other
}

bool is_number(std::string_view text)
{
    double number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() && std::isfinite(number);
}

/// Walks a filter as its types describe it. The path is that of the place where it stands.
class filter_reader
{
public:
    explicit filter_reader(std::string_view path)
        : path_(path)
    {
    }

    /// A node: a variant of leaf, boxed branch and "all".
    filter read(void const* from, shape const& node)
    {
        auto const& choice = *node.choices[node.index(from)];
        filter made;
        for_each_entry(node, from, [&](std::string_view, void const* inner) {
            if (choice.is == kind::object)
                made = read_leaf(inner, choice);
            else if (choice.is == kind::boxed)
                for_each_entry(choice, inner, [&](std::string_view, void const* branch) {
                    made = read_branch(branch, *choice.inner);
                });
        });
        return made;
    }

    std::optional<failure> wrong;

private:
    /// Calls `inner` one level deeper.
    template <class Inner>
    void at(std::string_view name, Inner inner)
    {
        auto const length = path_.size();
        path_.append(".").append(name);
        inner();
        path_.resize(length);
    }

    void fail(std::string_view why)
    {
        if (!wrong) wrong = invalid(path_ + ": " + std::string(why));
    }

    /// left, operator and right.
    filter read_branch(void const* from, shape const& branch)
    {
        filter joined{.is = filter::kind::all_of};
        for (auto const& member : branch.fields) {
            auto const* value = member.at(const_cast<void*>(from)); // an accessor: nothing is changed
            if (member.of->is == kind::word)
                joined.is = static_cast<filter_join>(member.of->take(value)) == filter_join::and_
                                ? filter::kind::all_of
                                : filter::kind::any_of;
            else
                at(member.name, [&] { joined.parts.push_back(read(value, *member.of)); });
        }
        return joined;
    }

    /// All that a leaf asks for must hold.
    filter read_leaf(void const* from, shape const& leaf)
    {
        filter all{.is = filter::kind::all_of};
        for (auto const& table : leaf.fields)
            if_present(table, from, [&](void const* columns) {
                at(table.name, [&] { read_table(table.name, *table.of->inner, columns, all); });
            });
        return all.parts.empty() ? filter{} : std::move(all);
    }

    void read_table(std::string_view table, shape const& columns, void const* from, filter& to)
    {
        if (columns.is == kind::boxed) {
            for_each_entry(columns, from,
                           [&](std::string_view, void const* inner) { read_table(table, *columns.inner, inner, to); });
            return;
        }
        if (columns.is == kind::map) { // properties, values: there are no columns between
            std::size_t keys = 0;
            for_each_entry(columns, from, [&](std::string_view key, void const* tests) {
                if (++keys == 2) fail("takes one key; join several with \"and\"");
                at(key, [&] {
                    read_tests({.table = table, .column = "", .key = std::string(key)}, *columns.inner, tests, to);
                });
            });
            return;
        }
        for (auto const& column : columns.fields)
            if_present(column, from, [&](void const* tests) {
                at(column.name,
                   [&] { read_column({.table = table, .column = column.name}, *column.of->inner, tests, to); });
            });
    }

    void read_column(storage::filter_condition about, shape const& tests, void const* from, filter& to)
    {
        if (tests.is != kind::map) return read_tests(std::move(about), tests, from, to);
        for_each_entry(tests, from, [&](std::string_view key, void const* inner) {
            about.key = key;
            at(key, [&] { read_tests(about, *tests.inner, inner, to); });
        });
    }

    void read_tests(storage::filter_condition about, shape const& tests, void const* from, filter& to)
    {
        auto const before = to.parts.size();
        for (auto const& test : tests.fields)
            if_present(test, from, [&](void const* operand) {
                about.how = comparison_of(test.name);
                at(test.name, [&] { read_operand(about, tests.type, *test.of->inner, operand); });
                to.parts.push_back({.is = filter::kind::condition, .condition = about});
            });
        if (to.parts.size() == before) fail("an operator is missing, such as \"equals\"");
        conditions_ += to.parts.size() - before;
        if (conditions_ > most_conditions && !wrong)
            wrong = invalid("the filter has more than " + std::to_string(most_conditions) + " conditions");
    }

    void read_operand(storage::filter_condition& about, std::string_view tests, shape const& of, void const* from)
    {
        if (of.is == kind::boolean) {
            about.operand = *static_cast<bool const*>(from);
        } else if (of.is == kind::number) {
            about.operand = *static_cast<double const*>(from);
        } else {
            auto const& text = *static_cast<std::string const*>(from);
            if (text.size() > most_operand)
                fail("is longer than " + std::to_string(most_operand) + " bytes");
            else if (tests == "time_test")
                read_time(about, text);
            else if (about.column == "scores" && !is_number(text))
                fail("is not a number");
            else
                about.operand = text;
        }
    }

    void read_time(storage::filter_condition& about, std::string_view text)
    {
        constexpr std::int64_t second = 1'000'000;
        auto const time = net::parse_time(text);
        if (!time) return fail("is not a time such as 2026-01-31T12:00:00Z");
        // The transactional tables take times as they are, the others whole seconds.
        bool const is_exact = about.table == "request" || about.table == "feedback";
        about.operand = storage::filter_time{is_exact ? *time : *time - (*time % second + second) % second};
    }

    std::string path_;
    std::size_t conditions_ = 0;
};

} // namespace

result<storage::filter> read_filter(void const* from, shape const& what, std::string_view path)
{
    filter_reader one(path);
    auto made = one.read(from, what);
    if (one.wrong) return std::move(*one.wrong);
    return made;
}

result<storage::filter> parse_filter(std::string_view text, std::string_view path)
{
    if (net::trimmed(text) == "all") return storage::filter{};
    request_filter from;
    boost::json::value parsed;
    if (auto const bad = parse_json(text, parsed, path)) return invalid(*bad);
    if (auto const bad = read_json(parsed, shape_of<request_filter>, &from, path, true)) return invalid(*bad);
    return read_filter(from, path);
}

} // namespace weir::api
