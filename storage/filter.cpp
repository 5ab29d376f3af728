#include "storage/filter.hpp"

#include "storage/filter_columns.hpp"
#include "storage/ids.hpp"
#include "storage/property_index.hpp"
#include "storage/time_range.hpp"

#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

namespace weir::storage
{
namespace
{

/// One condition on its way into SQL.
class writer
{
public:
    /// `pass` is one in which the column is known.
    writer(filter_condition const& condition, filter_column const& of, filter_pass pass, sql& to)
        : condition_(condition)
        , column_(of)
        , value_(pass == filter_pass::rows && !of.of_row.empty() ? of.of_row : of.value)
        , to_(to)
    {
    }

    void write()
    {
        to_ << "(";
        put(column_.before);
        switch (column_.is) {
        case filter_family::text: compare_text(); break;
        case filter_family::number: compare_number(); break;
        case filter_family::duration: compare_duration(); break;
        case filter_family::uuid: compare_uuid(); break;
        case filter_family::request_id: compare_request_id(); break;
        case filter_family::response_id: compare_response_id(); break;
        case filter_family::score: compare_score(); break;
        case filter_family::request_time: compare_request_time(); break;
        }
        to_ << column_.after << ")";
    }

private:
    /// Text of the column's, in which `?` is the key.
    void put(std::string_view text)
    {
        constexpr std::string_view property = "@property";
        if (auto const mark = text.find(property); mark != text.npos) {
            to_ << text.substr(0, mark);
            put_property();
            to_ << text.substr(mark + property.size());
        } else if (text.find('?') == text.npos)
            to_ << text;
        else
            to_.with(text, condition_.key);
    }

    /// The value of a property, in whichever spelling a call has it.
    void put_property()
    {
        auto const& spellings = condition_.spellings;
        if (spellings.size() < 2) return put_property_named(spellings.empty() ? condition_.key : spellings.front());
        auto const* separator = "coalesce(";
        for (auto const& spelling : spellings) {
            to_ << std::exchange(separator, ",");
            put_property_named(spelling);
        }
        to_ << ")";
    }

    /// A plain name stands in the SQL as it does in the index of a property that has one (storage/property_index.hpp);
    /// any other is bound.
    void put_property_named(std::string const& key)
    {
        if (is_plain_property(key))
            to_ << property_expression("r.properties", key);
        else
            to_.with("(SELECT p.value FROM json_each(r.properties) AS p WHERE p.key=? LIMIT 1)", key);
    }

    std::string const& text() const { return std::get<std::string>(condition_.operand); }

    /// The value between two texts.
    sql& value(std::string_view before, std::string_view after)
    {
        to_ << before;
        put(value_);
        return to_ << after;
    }

    void compare_pattern()
    {
        auto const how = condition_.how;
        bool const is_part = how == comparison::contains || how == comparison::not_contains;
        value(how == comparison::not_contains ? "NOT weir_like(" : "weir_like(", ",");
        to_.bind(is_part ? '%' + text() + '%' : text());
        to_ << (how == comparison::like ? ",0)" : ",1)");
    }

    void compare_text()
    {
        auto const sign = sign_of(condition_.how);
        // The word "null" is none, but not among a map's values.
        if (!column_.has_key && text() == "null") {
            if (condition_.how == comparison::equals)
                value("", " IS NULL");
            else if (condition_.how == comparison::not_equals)
                value("", " IS NOT NULL");
            else
                to_ << "NULL";
        } else if (sign.empty()) {
            compare_pattern();
        } else if (condition_.how == comparison::equals && !text().empty() && !column_.plain.empty()) {
            put(column_.plain);
            (to_ << "=").bind(text());
        } else {
            value("", sign).bind(text());
        }
    }

    /// Rows that cannot be meant are passed over by their key.
    void compare_request_time()
    {
        compare_number();
        auto const time_us = std::get<filter_time>(condition_.operand).us;
        auto const how = condition_.how;
        if (how == comparison::equals || how == comparison::gt || how == comparison::gte)
            (to_ << " AND r.id>=").bind(key_before(time_us));
        if (how == comparison::equals || how == comparison::lt || how == comparison::lte)
            (to_ << " AND r.id<").bind(key_after(time_us));
    }

    void compare_number()
    {
        value("", "");
        compare_with_number();
    }

    void compare_with_number()
    {
        to_ << sign_of(condition_.how);
        if (auto const* number = std::get_if<double>(&condition_.operand))
            to_.bind(*number);
        else if (auto const* truth = std::get_if<bool>(&condition_.operand))
            to_.bind(std::int64_t{*truth});
        else
            to_.bind(std::get<filter_time>(condition_.operand).us);
    }

    /// Whole milliseconds, as most are, are compared as the column has them: twice as fast as a division of each.
    void compare_duration()
    {
        auto const* ms = std::get_if<double>(&condition_.operand);
        constexpr double most_ms = 1e12;
        if (ms && std::trunc(*ms) == *ms && std::abs(*ms) < most_ms) {
            value("", sign_of(condition_.how)).bind(static_cast<std::int64_t>(*ms) * 1000);
        } else {
            value("", "/1000.0");
            compare_with_number();
        }
    }

    struct compared_id {
        uuid id;
        bool is_equal; ///< or must not be
    };

    /// The id that a column must or must not equal; of other comparisons none, and they are written. What contains a
    /// whole id, or is like one, equals it.
    std::optional<compared_id> compared_uuid()
    {
        using c = comparison;
        auto const how = condition_.how;
        auto const id = uuid::parse(text());
        bool const is_equality = how == c::equals || how == c::not_equals;
        bool const is_of_parts = how == c::contains || how == c::not_contains || how == c::ilike ||
                                 (how == c::like && id && id->text() == text());
        bool const is_equal = how != c::not_equals && how != c::not_contains;
        if (id && (is_equality || is_of_parts)) return compared_id{*id, is_equal};
        if (is_equality && text() != "null")
            to_ << (is_equal ? "0" : "1");
        else
            compare_text();
        return std::nullopt;
    }

    void compare_uuid()
    {
        if (auto const with = compared_uuid()) (to_ << column_.plain << (with->is_equal ? "=" : "<>")).bind(with->id);
    }

    void compare_request_id()
    {
        auto const with = compared_uuid();
        if (!with) return;
        auto const& id = with->id;
        if (!with->is_equal) {
            to_.with("r.request_id<>?", id);
            return;
        }
        // weir's own ids carry the row's key; what a client chose is looked up by its index.
        to_.with("(r.client_chose_id=1 AND r.request_id=?)", id);
        if (auto const own = row_id_of(id)) {
            to_.with(" OR (r.request_id=? AND r.id=", id);
            to_.bind(static_cast<std::int64_t>(*own)) << ")";
        }
    }

    /// The one row that may be meant is found by its key.
    void compare_response_id()
    {
        compare_text();
        if (condition_.how != comparison::equals) return;
        auto const id = uuid::parse(text());
        auto const row = id ? row_id_of(*id) : std::nullopt;
        if (row) (to_ << " AND r.id=").bind(static_cast<std::int64_t>(*row));
    }

    void compare_score()
    {
        auto const sign = sign_of(condition_.how);
        if (sign.empty()) return compare_pattern();
        double number = 0;
        auto const* const end = text().data() + text().size();
        auto const parsed = std::from_chars(text().data(), end, number);
        if (parsed.ec != std::errc{} || parsed.ptr != end)
            to_ << "0";
        else
            value("", sign).bind(number);
    }

    filter_condition const& condition_;
    filter_column const& column_;
    std::string_view const value_;
    sql& to_;
};

bool is_known(filter_column const& column, filter_pass pass)
{
    if (column.pass == filter_pass::rows) return pass != filter_pass::groups;
    return pass == filter_pass::groups || (pass == filter_pass::rows && !column.of_row.empty());
}

/// As a balanced tree: SQLite bounds the depth of expressions.
void append_joined(std::span<filter const> parts, bool is_all, sql& to, filter_pass pass)
{
    if (parts.empty()) {
        to << (is_all ? "1" : "0");
    } else if (parts.size() == 1) {
        append_filter(parts.front(), to, pass);
    } else {
        auto const half = parts.size() / 2;
        to << "(";
        append_joined(parts.first(half), is_all, to, pass);
        to << (is_all ? " AND " : " OR ");
        append_joined(parts.subspan(half), is_all, to, pass);
        to << ")";
    }
}

} // namespace

std::string_view sign_of(comparison how)
{
    switch (how) {
    case comparison::equals: return "=";
    case comparison::not_equals: return "<>";
    case comparison::gt: return ">";
    case comparison::gte: return ">=";
    case comparison::lt: return "<";
    case comparison::lte: return "<=";
    default: return {};
    }
}

void append_filter(filter const& what, sql& to, filter_pass pass)
{
    switch (what.is) {
    case filter::kind::everything: to << "1"; return;
    case filter::kind::condition: {
        auto const* column = find_filter_column(what.condition.table, what.condition.column);
        if (column && is_known(*column, pass))
            writer(what.condition, *column, pass, to).write();
        else
            to << "1";
        return;
    }
    case filter::kind::of_blocks:
        to.with("r.body_ref IN (SELECT value FROM json_each(?))", std::get<std::string>(what.condition.operand));
        return;
    case filter::kind::of_rows:
        to.with("r.id IN (SELECT value FROM json_each(?))", std::get<std::string>(what.condition.operand));
        return;
    case filter::kind::of_users:
        to.with("coalesce(r.user_id,'') IN (SELECT value FROM json_each(?))",
                std::get<std::string>(what.condition.operand));
        return;
    case filter::kind::of_sessions:
        to.with("r.session_id IN (SELECT value FROM json_each(?))", std::get<std::string>(what.condition.operand));
        return;
    case filter::kind::with_session: to << "r.session_id IS NOT NULL"; return;
    case filter::kind::of_candidates: // one list, or SQLite makes a range of time the key's
        to.with("r.id IN (SELECT value FROM json_each(?)", std::get<std::string>(what.condition.operand));
        to.with(" UNION ALL SELECT id FROM request WHERE id>CAST(? AS INTEGER))", what.condition.key);
        return;
    case filter::kind::after_row:
        to.with("r.id>CAST(? AS INTEGER)", std::get<std::string>(what.condition.operand));
        return;
    case filter::kind::all_of:
    case filter::kind::any_of: break;
    }
    append_joined(what.parts, what.is == filter::kind::all_of, to, pass);
}

void append_comparison(filter_condition const& what, sql& to)
{
    auto alone = *find_filter_column(what.table, what.column);
    alone.before = alone.after = {};
    writer(what, alone, filter_pass::rows, to).write();
}

void append_calls_of(filter const& what, sql& to)
{
    auto const first = what.is == filter::kind::all_of && !what.parts.empty() ? what.parts.front().is : what.is;
    bool const names_rows =
        first == filter::kind::of_rows || first == filter::kind::of_candidates || first == filter::kind::after_row;
    to << " FROM request AS r" << (names_rows ? " NOT INDEXED" : "");
}

bool names_property(filter_condition const& what)
{
    return what.table == "properties" || (what.table == "request_response_rmt" && what.column == "properties");
}

filter_condition const* score_condition(filter const& what)
{
    if (what.is == filter::kind::condition) {
        auto const& one = what.condition;
        bool const is_score = one.table == "request_response_rmt" && one.column == "scores";
        return is_score && one.how == comparison::equals ? &one : nullptr;
    }
    if (what.is != filter::kind::all_of) return nullptr;
    for (auto const& part : what.parts)
        if (auto const* found = score_condition(part)) return found;
    return nullptr;
}

} // namespace weir::storage
