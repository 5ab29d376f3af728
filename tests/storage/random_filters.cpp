#include "storage/candidates.hpp"
#include "tests/storage/grouping.hpp"

#include <random>

/// Random filters against a naive evaluator.
namespace weir::storage
{
namespace
{

/// SQL's third truth value is the empty one.
using truth = std::optional<bool>;

/// LIKE as its definition reads; takes exponential time.
bool naive_like(std::string_view text, std::string_view pattern, bool ignore_case)
{
    if (pattern.empty()) return text.empty();
    if (pattern.front() == '%')
        return naive_like(text, pattern.substr(1), ignore_case) ||
               (!text.empty() && naive_like(text.substr(1), pattern, ignore_case));
    if (text.empty()) return false;
    auto const lower = [&](char c) { return ignore_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return (pattern.front() == '_' || lower(pattern.front()) == lower(text.front())) &&
           naive_like(text.substr(1), pattern.substr(1), ignore_case);
}

template <class T>
truth naive_order(std::optional<T> const& a, comparison how, T const& b)
{
    if (!a) return {};
    switch (how) {
    case comparison::equals: return *a == b;
    case comparison::not_equals: return *a != b;
    case comparison::gt: return *a > b;
    case comparison::gte: return *a >= b;
    case comparison::lt: return *a < b;
    default: return *a <= b;
    }
}

truth naive_text(std::optional<std::string> const& a, comparison how, std::string const& b, bool is_map)
{
    if (b == "null" && !is_map) {
        if (how == comparison::equals) return !a;
        if (how == comparison::not_equals) return a.has_value();
        return {};
    }
    if (!a) return {};
    switch (how) {
    case comparison::equals: return *a == b;
    case comparison::not_equals: return *a != b;
    case comparison::like: return naive_like(*a, b, false);
    case comparison::ilike: return naive_like(*a, b, true);
    case comparison::contains: return naive_like(*a, "%" + b + "%", true);
    default: return !naive_like(*a, "%" + b + "%", true);
    }
}

std::optional<std::string> if_any(std::string const& text)
{
    if (text.empty()) return {};
    return text;
}

std::optional<std::string> property(request_record const& r, std::string_view key)
{
    for (auto const& [name, value] : r.properties)
        if (name == key) return value;
    return {};
}

std::optional<double> real(std::optional<std::int64_t> n)
{
    if (!n) return {};
    return static_cast<double>(*n);
}

truth naive(filter const& what, request_record const& r);

truth naive_condition(filter_condition const& c, request_record const& r)
{
    auto const text = [&] { return std::get<std::string>(c.operand); };
    auto const number = [&](std::optional<double> value) {
        return naive_order(value, c.how, std::get<double>(c.operand));
    };
    if (c.column == "user_id" && c.table == "request") return naive_text(if_any(r.user_id), c.how, text(), false);
    if (c.column == "model" && c.table == "request") return naive_text(if_any(r.request_model), c.how, text(), false);
    if (c.column == "user_id") return naive_text(r.user_id, c.how, text(), false);
    if (c.column == "model") return naive_text(r.model, c.how, text(), false);
    if (c.table == "properties") return naive_text(property(r, c.key), c.how, text(), true);
    if (c.column == "properties") return naive_text(property(r, c.key).value_or(""), c.how, text(), true);
    if (c.column == "status") return number(r.status);
    if (c.column == "latency") return number(static_cast<double>(r.ended_us - r.created_us) / 1000);
    if (c.column == "prompt_tokens") return number(real(r.used.prompt));
    if (c.column == "prompt_cache_read_tokens") return number(real(r.used.cache_read).value_or(0));
    if (c.column == "created_at")
        return naive_order(std::optional(r.created_us), c.how, std::get<filter_time>(c.operand).us);
    BOOST_FAIL("the naive evaluator does not know " << c.column);
    return {};
}

truth naive(filter const& what, request_record const& r)
{
    if (what.is == filter::kind::everything) return true;
    if (what.is == filter::kind::condition) return naive_condition(what.condition, r);
    bool const is_all = what.is == filter::kind::all_of;
    bool unknown = false;
    for (auto const& part : what.parts) {
        auto const one = naive(part, r);
        if (one == !is_all) return !is_all;
        unknown |= !one;
    }
    if (unknown) return {};
    return is_all;
}

/// Rows and filters over few values, so that they meet.
struct filter_dice {
    std::mt19937 random{20'261'125};

    int up_to(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); }
    template <std::size_t N>
    std::string one_of(char const* const (&choices)[N])
    {
        return choices[up_to(static_cast<int>(N))];
    }

    request_record row(std::int64_t id)
    {
        auto r = minimal(id);
        r.user_id = one_of({"", "", "ann", "Bob", "null", "a%b"});
        r.request_model = one_of({"", "gpt-4o", "GPT-4o", "claude"});
        r.model = one_of({"", "gpt-4o", "claude", "o_1"});
        r.status = up_to(4) * 100;
        r.created_us = up_to(5) * 1'000'000;
        r.ended_us = r.created_us + up_to(4) * 500'000 + up_to(2) * 500;
        if (up_to(2) == 0) r.used.prompt = up_to(4);
        if (up_to(2) == 0) r.used.cache_read = up_to(3);
        if (up_to(2) == 0) r.properties.emplace_back("App", one_of({"", "x", "null", "X y"}));
        if (up_to(3) == 0) r.properties.emplace_back("b\"c", one_of({"x", "y"}));
        return r;
    }

    filter condition()
    {
        auto const text = [&] {
            return one_of({"", "a", "ann", "null", "%", "_", "a%", "%o%", "gpt", "GPT-4o", "x", "a%b", "' OR 1=1 --"});
        };
        auto const text_test = [&] {
            constexpr comparison all[] = {comparison::equals, comparison::not_equals, comparison::like,
                                          comparison::ilike,  comparison::contains,   comparison::not_contains};
            return all[up_to(6)];
        };
        auto const order_test = [&] {
            constexpr comparison all[] = {comparison::equals, comparison::not_equals, comparison::gt,
                                          comparison::gte,    comparison::lt,         comparison::lte};
            return all[up_to(6)];
        };
        constexpr std::string_view rmt = "request_response_rmt";
        switch (up_to(12)) {
        case 0: return where("request", "user_id", text_test(), text());
        case 1: return where("request", "model", text_test(), text());
        case 2: return where(rmt, "user_id", text_test(), text());
        case 3: return where(rmt, "model", text_test(), text());
        case 4: return where("properties", "", text_test(), text(), one_of({"App", "b\"c", "none"}));
        case 5: return where(rmt, "properties", text_test(), text(), one_of({"App", "b\"c", "none"}));
        case 6: return where(rmt, "status", order_test(), up_to(4) * 100.0 + up_to(2) * 0.5);
        case 7: return where(rmt, "latency", order_test(), up_to(4) * 500.0 + up_to(2) * 0.5);
        case 8: return where(rmt, "prompt_tokens", order_test(), up_to(4) * 1.0);
        case 9: return where(rmt, "prompt_cache_read_tokens", order_test(), up_to(3) * 1.0);
        case 10: return where("response", "status", order_test(), up_to(5) * 100.0 - 100.0);
        default: return where("request", "created_at", order_test(), filter_time{up_to(5) * 1'000'000});
        }
    }

    filter tree(int depth)
    {
        if (depth == 0 || up_to(3) == 0) return up_to(12) == 0 ? filter{} : condition();
        filter joined{.is = up_to(2) == 0 ? filter::kind::all_of : filter::kind::any_of};
        for (int n = up_to(3) + 1; n > 0; --n) joined.parts.push_back(tree(depth - 1));
        return joined;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(random_filters, grouping)

BOOST_AUTO_TEST_CASE(random_filters_pass_what_a_naive_evaluator_passes)
{
    filter_dice roll;
    std::vector<request_record> rows;
    for (std::int64_t id = 1; id <= 120; ++id) rows.push_back(roll.row(id));
    BOOST_REQUIRE(insert(db, rows).has_value());

    std::size_t passed = 0;
    for (int i = 0; i < 3000; ++i) {
        auto const what = roll.tree(4);
        ids expected;
        for (auto const& r : rows)
            if (naive(what, r).value_or(false)) expected.push_back(static_cast<std::int64_t>(r.id));
        sql asked;
        append_filter(what, asked);
        BOOST_TEST_CONTEXT(asked.text()) BOOST_TEST_REQUIRE((passing(what) == expected));
        passed += expected.size();
    }
    BOOST_TEST(passed > 10'000U);  // the filters are neither all
    BOOST_TEST(passed < 350'000U); // nor nothing
}

BOOST_AUTO_TEST_CASE(they_pass_the_same_of_rows_in_groups)
{
    filter_dice roll;
    std::vector<request_record> rows;
    for (std::int64_t id = 1; id <= 8500; ++id) rows.push_back(roll.row(id));
    BOOST_REQUIRE(insert(db, {rows.begin(), rows.begin() + 8200}).has_value());
    group_as_one();
    BOOST_REQUIRE(insert(db, {rows.begin() + 8200, rows.end()}).has_value());
    group_all();

    std::size_t narrowed = 0;
    for (int i = 0; i < 100; ++i) {
        auto const what = roll.tree(3);
        ids expected;
        for (auto r = rows.rbegin(); r != rows.rend() && expected.size() < 1000; ++r)
            if (naive(what, *r).value_or(false)) expected.push_back(static_cast<std::int64_t>(r->id));
        request_query query;
        query.what = what;
        query.limit = 1000;
        ids found;
        for (auto const& row : query_requests(db, default_organization, query).value())
            found.push_back(static_cast<std::int64_t>(row.record.id));
        sql asked;
        append_filter(what, asked);
        BOOST_TEST_CONTEXT(asked.text()) BOOST_TEST_REQUIRE((found == expected));
        narrowed += candidates::find(db, default_organization, what).value() ? 1 : 0;
    }
    BOOST_TEST(narrowed > 30U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
