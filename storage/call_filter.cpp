#include "storage/call_filter.hpp"

#include "storage/time_range.hpp"
#include "storage/uuid_sql.hpp"
#include "storage/words.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace weir::storage
{
namespace
{

#define WEIR_BODY(part) "weir_body(r.body_ref,r.id," part ")"
#define WEIR_OF_TRACKED(member)                                                                                        \
    "(SELECT t." member " FROM tracked_request AS t WHERE t.organization_id=r.organization_id"                         \
    " AND t.request_id=r.request_id)"
#define WEIR_PROMPT_VERSION                                                                                            \
    "coalesce(" WEIR_OF_TRACKED(                                                                                       \
        "prompt_version_id") ",(SELECT i.prompt_version_id FROM prompt_input AS i"                                     \
                             " WHERE i.organization_id=r.organization_id AND i.source_row_id=r.id LIMIT 1))"
#define WEIR_PROMPT                                                                                                    \
    "coalesce((SELECT v.prompt_id FROM prompt_version AS v WHERE v.id=" WEIR_PROMPT_VERSION "),"                       \
    "(SELECT p.id FROM prompt AS p WHERE p.organization_id=r.organization_id AND p.user_defined_id=r.prompt_id))"
#define WEIR_NUMBER(kind, thing)                                                                                       \
    "(SELECT n.number FROM number AS n WHERE n.organization_id=r.organization_id AND n.kind='" kind                    \
    "' AND n.thing=" thing ")"
#define WEIR_INPUTS                                                                                                    \
    "coalesce(" WEIR_OF_TRACKED(                                                                                       \
        "inputs") ",(SELECT i.inputs FROM prompt_input AS i"                                                           \
                  " WHERE i.organization_id=r.organization_id AND i.source_row_id=r.id LIMIT 1))"
#define WEIR_FACTS "weir_output_facts(" WEIR_BODY("1") ")"

/// How a field is computed of `request AS r`. Of lists and values by key, `value` is what follows SELECT of the rows
/// that it has, with the key as `k` and the value as `v`.
struct call_column {
    call_field field;
    call_field_kind kind;
    std::string_view value;
};

constexpr call_column call_columns[] = {
    {call_field::pl_id, call_field_kind::word, WEIR_NUMBER("request", "r.request_id")},
    {call_field::prompt_id, call_field_kind::word, WEIR_NUMBER("prompt", WEIR_PROMPT)},
    {call_field::engine, call_field_kind::word, "r.model"},
    {call_field::provider_type, call_field_kind::word, "r.provider"},
    {call_field::status, call_field_kind::word,
     "coalesce(" WEIR_OF_TRACKED(
         "status") ",CASE WHEN r.status BETWEEN 200 AND 299 OR r.status=101 THEN 'SUCCESS' ELSE 'ERROR' END)"},
    {call_field::input_text, call_field_kind::text, "weir_input_text(" WEIR_BODY("0") ")"},
    {call_field::output_text, call_field_kind::text, "weir_output_text(" WEIR_BODY("1") ")"},
    {call_field::prompt_version_number, call_field_kind::number,
     "(SELECT v.number FROM prompt_version AS v WHERE v.id=" WEIR_PROMPT_VERSION ")"},
    {call_field::input_tokens, call_field_kind::number, "r.prompt_tokens"},
    {call_field::output_tokens, call_field_kind::number, "r.completion_tokens"},
    {call_field::cost, call_field_kind::number, "round(r.cost_nanos*1e-9,9)"},
    {call_field::latency_ms, call_field_kind::number, "((r.ended_us-r.created_us)/1000.0)"},
    {call_field::request_start_time, call_field_kind::time, "r.created_us"},
    {call_field::request_end_time, call_field_kind::time, "r.ended_us"},
    {call_field::is_json, call_field_kind::truth, "(json_extract(" WEIR_FACTS ",'$.kind')='json')"},
    {call_field::is_tool_call, call_field_kind::truth, "(json_extract(" WEIR_FACTS ",'$.kind')='tool_call')"},
    {call_field::is_plain_text, call_field_kind::truth, "(json_extract(" WEIR_FACTS ",'$.kind')='plain_text')"},
    {call_field::tags, call_field_kind::list,
     "g.tag AS v FROM tag AS g INDEXED BY tag_by_entity WHERE g.organization_id=r.organization_id AND "
     "g.entity_type='request'"
     " AND g.entity_id=weir_uuid_text(r.request_id)"},
    {call_field::metadata_keys, call_field_kind::list, "j.key AS v FROM json_each(r.properties) AS j"},
    {call_field::tool_names, call_field_kind::list, "j.value AS v FROM json_each(" WEIR_FACTS ",'$.tools') AS j"},
    {call_field::output_keys, call_field_kind::list,
     "json_extract(j.value,'$[0]') AS v FROM json_each(" WEIR_FACTS ",'$.values') AS j"},
    {call_field::input_variable_keys, call_field_kind::list,
     "json_extract(j.value,'$[0]') AS v FROM json_each(weir_flat(" WEIR_INPUTS ")) AS j"},
    {call_field::metadata, call_field_kind::nested, "j.key AS k,j.value AS v FROM json_each(r.properties) AS j"},
    {call_field::output, call_field_kind::nested,
     "json_extract(j.value,'$[0]') AS k,json_extract(j.value,'$[1]') AS v FROM json_each(" WEIR_FACTS
     ",'$.values') AS j"},
    {call_field::input_variables, call_field_kind::nested,
     "json_extract(j.value,'$[0]') AS k,json_extract(j.value,'$[1]') AS v FROM json_each(weir_flat(" WEIR_INPUTS
     ")) AS j"},
    {call_field::score, call_field_kind::score,
     "a.score_key AS k,s.int_value AS v FROM score_value AS s JOIN score_attribute AS a ON a.id=s.attribute_id"
     " WHERE s.organization_id=r.organization_id AND s.request_id=r.request_id"},
    {call_field::starred, call_field_kind::truth, "coalesce(" WEIR_OF_TRACKED("is_starred") ",0)"},
    {call_field::prompt_version_key, call_field_kind::word, WEIR_PROMPT_VERSION},
};

constexpr bool is_in_order()
{
    std::size_t i = 0;
    for (auto const& column : call_columns)
        if (static_cast<std::size_t>(column.field) != i++) return false;
    return i == static_cast<std::size_t>(call_field::prompt_version_key) + 1;
}
static_assert(is_in_order());

call_column const& column_of(call_field field) { return call_columns[static_cast<std::size_t>(field)]; }

std::string_view sign_of(call_operator how)
{
    switch (how) {
    case call_operator::eq: return "=";
    case call_operator::neq: return "<>";
    case call_operator::gt:
    case call_operator::after: return ">";
    case call_operator::gte: return ">=";
    case call_operator::lt:
    case call_operator::before: return "<";
    case call_operator::lte: return "<=";
    default: return {};
    }
}

/// One condition on its way into SQL.
class call_writer
{
public:
    call_writer(call_condition const& condition, sql& to)
        : condition_(condition)
        , column_(column_of(condition.field))
        , to_(to)
    {
    }

    void write()
    {
        to_ << "(";
        switch (column_.kind) {
        case call_field_kind::word: compare_word(); break;
        case call_field_kind::text: compare_text(); break;
        case call_field_kind::number: compare_number(column_.value); break;
        case call_field_kind::time: compare_time(); break;
        case call_field_kind::truth: compare_truth(); break;
        case call_field_kind::list: compare_list(); break;
        case call_field_kind::nested: compare_nested(); break;
        case call_field_kind::score: compare_score(); break;
        }
        to_ << ")";
    }

private:
    call_operator how() const { return condition_.how; }
    sql_value const& operand(std::size_t i = 0) const { return condition_.operands[i]; }
    std::string const& text(std::size_t i = 0) const { return std::get<std::string>(operand(i)); }

    /// The operands in brackets.
    void put_operands()
    {
        to_ << "(";
        for (std::size_t i = 0; i < condition_.operands.size(); ++i) {
            if (i > 0) to_ << ",";
            to_.bind(operand(i));
        }
        to_ << ")";
    }

    void compare_word()
    {
        bool const is_negative = how() == call_operator::is_not || how() == call_operator::not_in;
        if (is_negative) to_ << "NOT coalesce(";
        to_ << column_.value << " IN ";
        put_operands();
        if (is_negative) to_ << ",0)";
    }

    /// That a value is like the operand, in any case.
    void put_likeness(std::string_view value, std::string const& of)
    {
        auto pattern = literal_pattern(of);
        if (how() != call_operator::starts_with) pattern.insert(0, 1, '%');
        if (how() != call_operator::ends_with) pattern += '%';
        (to_ << "weir_like(" << value << ",").bind(pattern) << ",1)";
    }

    void compare_text()
    {
        if (how() == call_operator::not_contains) to_ << "NOT ";
        to_ << "coalesce(";
        put_likeness(column_.value, text());
        to_ << ",0)";
    }

    void compare_number(std::string_view value)
    {
        if (how() == call_operator::is_null || how() == call_operator::is_not_null) {
            to_ << value << (how() == call_operator::is_null ? " IS NULL" : " IS NOT NULL");
        } else if (how() == call_operator::between) {
            (to_ << value << " BETWEEN ").bind(operand(0)) << " AND ";
            to_.bind(operand(1));
        } else if (how() == call_operator::neq) {
            (to_ << value << " IS NOT ").bind(operand());
        } else {
            (to_ << value << sign_of(how())).bind(operand());
        }
    }

    /// To the millisecond, which is what clients are shown. Rows that cannot be meant are passed over by their key.
    void compare_time()
    {
        auto const first = std::get<std::int64_t>(operand());
        bool const is_start = condition_.field == call_field::request_start_time;
        auto last = first;
        if (how() == call_operator::between) {
            last = std::get<std::int64_t>(operand(1));
            (to_ << column_.value << " BETWEEN ").bind(first) << " AND ";
            to_.bind(last);
        } else if (how() == call_operator::is) {
            (to_ << column_.value << "/1000=").bind(first / 1000);
        } else {
            (to_ << column_.value << sign_of(how())).bind(first);
        }
        if (!is_start) return;
        if (how() != call_operator::before) (to_ << " AND r.id>=").bind(key_before(first));
        if (how() != call_operator::after) (to_ << " AND r.id<").bind(key_after(last));
    }

    void compare_truth()
    {
        to_ << "coalesce(" << column_.value << ",0)" << (how() == call_operator::is_true ? "" : "=0");
    }

    /// That one of the column's rows passes what `condition` writes.
    template <class Write>
    void put_any(bool is_any, Write condition)
    {
        to_ << (is_any ? "EXISTS" : "NOT EXISTS") << " (SELECT 1 FROM (SELECT " << column_.value << ") AS x WHERE ";
        condition();
        to_ << ")";
    }

    void compare_list()
    {
        switch (how()) {
        case call_operator::is_empty: return put_any(false, [this] { to_ << "1"; });
        case call_operator::is_not_empty: return put_any(true, [this] { to_ << "1"; });
        case call_operator::in:
        case call_operator::not_in:
            return put_any(how() == call_operator::in, [this] {
                to_ << "x.v IN ";
                put_operands();
            });
        default: break;
        }
        // All of them, or not all of them.
        if (how() == call_operator::not_contains) to_ << "NOT ";
        to_ << "(1";
        for (auto const& wanted : condition_.operands) {
            to_ << " AND ";
            put_any(true, [this, &wanted] { (to_ << "x.v=").bind(wanted); });
        }
        to_ << ")";
    }

    void compare_nested()
    {
        bool const is_any = how() == call_operator::key_equals || how() == call_operator::key_contains ||
                            how() == call_operator::in || how() == call_operator::is_not_empty;
        put_any(is_any, [this] {
            (to_ << "x.k=").bind(condition_.key) << " AND ";
            switch (how()) {
            case call_operator::is_empty:
            case call_operator::is_not_empty: to_ << "x.v<>''"; break;
            case call_operator::key_contains: put_likeness("x.v", text()); break;
            default: to_ << "x.v IN "; put_operands();
            }
        });
    }

    void compare_score()
    {
        put_any(true, [this] {
            (to_ << "x.k=").bind(condition_.key) << " AND ";
            compare_number("x.v");
        });
    }

    call_condition const& condition_;
    call_column const& column_;
    sql& to_;
};

/// As a balanced tree: SQLite bounds the depth of expressions.
void append_joined(std::span<call_filter const> parts, std::string_view sign, sql& to)
{
    if (parts.size() == 1) return append_call_filter(parts.front(), to);
    auto const half = parts.size() / 2;
    to << "(";
    append_joined(parts.first(half), sign, to);
    to << sign;
    append_joined(parts.subspan(half), sign, to);
    to << ")";
}

/// That a column equals one of the operands.
filter one_of_operands(call_condition const& what, std::string_view table, std::string_view column)
{
    filter any{.is = filter::kind::any_of};
    for (auto const& operand : what.operands) {
        auto const* text = std::get_if<std::string>(&operand);
        if (!text || *text == "null") return {}; // a word of that language's
        filter one{.is = filter::kind::condition};
        one.condition = {
            .table = table, .column = column, .key = what.key, .how = comparison::equals, .operand = *text};
        if (!what.key.empty()) one.condition.spellings = {what.key};
        any.parts.push_back(std::move(one));
    }
    return any;
}

filter part_of_condition(call_condition const& what)
{
    using o = call_operator;
    if (what.field == call_field::engine && (what.how == o::is || what.how == o::in))
        return one_of_operands(what, "request_response_rmt", "model");
    if (what.field == call_field::metadata && (what.how == o::key_equals || what.how == o::in))
        return one_of_operands(what, "properties", "");
    return {};
}

} // namespace

filter part_of_filter(call_filter const& what)
{
    if (what.is == call_filter::kind::condition) return part_of_condition(what.condition);
    if (what.parts.empty()) return {};
    filter joined{.is = what.is == call_filter::kind::all_of ? filter::kind::all_of : filter::kind::any_of};
    for (auto const& part : what.parts) joined.parts.push_back(part_of_filter(part));
    return joined;
}

std::string literal_pattern(std::string_view text)
{
    std::string pattern;
    for (char const c : text) {
        if (c == '%' || c == '_' || c == '\\') pattern += '\\';
        pattern += c;
    }
    return pattern;
}

std::string_view const call_inputs_sql = WEIR_INPUTS;

call_field_kind kind_of(call_field field) { return column_of(field).kind; }

bool takes(call_field_kind kind, call_operator how)
{
    using o = call_operator;
    auto const is_one_of = [how](std::initializer_list<o> these) {
        return std::find(these.begin(), these.end(), how) != these.end();
    };
    switch (kind) {
    case call_field_kind::word: return is_one_of({o::is, o::is_not, o::in, o::not_in});
    case call_field_kind::text: return is_one_of({o::contains, o::not_contains, o::starts_with, o::ends_with});
    case call_field_kind::number:
        return is_one_of({o::eq, o::neq, o::gt, o::gte, o::lt, o::lte, o::between, o::is_null, o::is_not_null});
    case call_field_kind::time: return is_one_of({o::is, o::before, o::after, o::between});
    case call_field_kind::truth: return is_one_of({o::is_true, o::is_false});
    case call_field_kind::list:
        return is_one_of({o::contains, o::not_contains, o::in, o::not_in, o::is_empty, o::is_not_empty});
    case call_field_kind::nested:
        return is_one_of(
            {o::key_equals, o::key_not_equals, o::key_contains, o::in, o::not_in, o::is_empty, o::is_not_empty});
    case call_field_kind::score: return is_one_of({o::eq, o::neq, o::gt, o::gte, o::lt, o::lte});
    }
    return false;
}

void append_call_filter(call_filter const& what, sql& to)
{
    if (what.is == call_filter::kind::condition)
        call_writer(what.condition, to).write();
    else if (what.parts.empty())
        to << "1";
    else
        append_joined(what.parts, what.is == call_filter::kind::all_of ? " AND " : " OR ", to);
}

void append_field_values(call_field field, std::string const& key, sql& to)
{
    auto const& column = column_of(field);
    if (column.kind != call_field_kind::list && column.kind != call_field_kind::nested) {
        to << "json_array(" << column.value << ")";
        return;
    }
    to << "(SELECT json_group_array(x.v) FROM (SELECT " << column.value << ") AS x";
    if (column.kind == call_field_kind::nested) (to << " WHERE x.k=").bind(key);
    to << ")";
}

void append_words(std::string_view text, sql& to)
{
    auto const words = words_of(text);
    if (words.empty()) {
        to << "1";
        return;
    }
    to << "(";
    std::string sought;
    for (auto const& word : words) {
        sought += word + ' ';
        // What is not ASCII may be escaped in a body.
        if (std::ranges::any_of(word, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) continue;
        auto const pattern = '%' + word + '%';
        (to << "(coalesce(weir_like(" WEIR_BODY("0") ",").bind(pattern)
            << ",1),0) OR coalesce(weir_like(" WEIR_BODY("1") ",";
        to.bind(pattern) << ",1),0)) AND ";
    }
    to << "weir_has_words(";
    to.bind(sought) << ",weir_input_text(" WEIR_BODY("0") "),weir_output_text(" WEIR_BODY("1") ")))";
}

#undef WEIR_BODY
#undef WEIR_OF_TRACKED
#undef WEIR_PROMPT_VERSION
#undef WEIR_PROMPT
#undef WEIR_NUMBER
#undef WEIR_INPUTS
#undef WEIR_FACTS

} // namespace weir::storage
