#include "storage/filter.hpp"

#include "storage/ids.hpp"
#include "storage/property_index.hpp"
#include "storage/time_range.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>

namespace weir::storage
{
namespace
{

/// What a column holds, which decides how a comparison is written.
enum class family : std::uint8_t {
    text,        ///< also the values of properties
    number,      ///< operands are numbers, booleans or times
    request_id,  ///< a UUID as its bytes, found by the key of the row or its index
    response_id, ///< derived from the row's key
    score,       ///< a whole number, of which the operand is the text
    status,      ///< a number with an index of those that are not 200
    request_time ///< when the call was made, which its key carries
};

/// How a column is computed of `request AS r`. The comparison with `value` stands between `before` and `after`; `?` is
/// the key of a map.
struct column {
    std::string_view table, name;
    family is;
    std::string_view value;
    std::string_view before{}, after{};
    bool has_key = false;
    std::string_view plain{}; ///< what equals `value` unless that is '': a column that has an index
    filter_pass pass = filter_pass::rows;
};

constexpr column aggregate(std::string_view table, std::string_view name, family is, std::string_view value)
{
    return {.table = table, .name = name, .is = is, .value = value, .pass = filter_pass::groups};
}

#define WEIR_UUID_TEXT(id)                                                                                             \
    "lower(substr(hex(" id "),1,8)||'-'||substr(hex(" id "),9,4)||'-'||substr(hex(" id "),13,4)||'-'||substr(hex(" id  \
    "),17,4)||'-'||substr(hex(" id "),21))"
#define WEIR_BODY(part) "weir_body(r.body_ref,r.id," part ")"
#define WEIR_OF_BODY(part, expression)                                                                                 \
    "(SELECT CASE WHEN json_valid(x) THEN " expression " END FROM (SELECT " WEIR_BODY(part) " AS x))"
#define WEIR_PROMPT WEIR_OF_BODY("0", "coalesce(json_extract(x,'$.prompt'),json_extract(x,'$.messages[0].content'))")
#define WEIR_COMPLETION                                                                                                \
    WEIR_OF_BODY("1", "coalesce(json_extract(x,'$.choices[0].text'),json_extract(x,'$.choices[0].message'))")
#define WEIR_PROPERTY "@property" // see writer::put_property
#define WEIR_FEEDBACK(member)                                                                                          \
    "(SELECT f." member " FROM feedback AS f WHERE f.organization_id=r.organization_id AND f.request_id=r.request_id)"
#define WEIR_SCORES                                                                                                    \
    " FROM score_value AS s JOIN score_attribute AS a ON a.id=s.attribute_id"                                          \
    " WHERE s.organization_id=r.organization_id AND s.request_id=r.request_id"
#define WEIR_ORGANIZATION "(SELECT o.public_id FROM organization AS o WHERE o.id=r.organization_id)"

// The columns of the transactional store (request, response, feedback, properties) are NULL where nothing is known;
// those of the analytics row (request_response_rmt) are '' and 0 there, but for the ones that may be NULL.
constexpr column columns[] = {
    {"request", "id", family::request_id, WEIR_UUID_TEXT("r.request_id")},
    {"request", "created_at", family::request_time, "r.created_us"},
    {"request", "user_id", family::text, "r.user_id"},
    {"request", "auth_hash", family::text, "r.provider_auth_hash"},
    {"request", "org_id", family::text, WEIR_ORGANIZATION},
    {"request", "node_id", family::text, "NULL"},
    {"request", "model", family::text, "r.request_model"},
    {"request", "modelOverride", family::text, "r.model_override"},
    {"request", "path", family::text, "r.path"},
    {"request", "country_code", family::text, "NULL"},
    {"request", "prompt_id", family::text, "r.prompt_id"},
    {"request", "prompt", family::text, WEIR_PROMPT},

    {"response", "status", family::status, "r.status"},
    {"response", "model", family::text, "r.response_model"},
    {"response", "body_model", family::text, "coalesce(r.model_override,r.response_model,r.request_model)"},
    {"response", "body_tokens", family::number, "(r.completion_tokens+r.prompt_tokens)"},
    {"response", "body_completion", family::text, WEIR_COMPLETION},

    {"feedback", "id", family::number, "NULL"}, // a UUID, of which the language makes a number
    {"feedback", "created_at", family::number, WEIR_FEEDBACK("created_us")},
    {"feedback", "rating", family::number, WEIR_FEEDBACK("rating")},
    {"feedback", "response_id", family::response_id, WEIR_FEEDBACK("rating") " IS NOT NULL"},

    {"properties", "", family::text, WEIR_PROPERTY, {}, {}, true},
    {"values", "", family::text, "NULL", {}, {}, true},

    {"request_response_rmt", "request_id", family::request_id, WEIR_UUID_TEXT("r.request_id")},
    {"request_response_rmt", "request_created_at", family::request_time, "r.created_us"},
    {"request_response_rmt", "response_created_at", family::number, "CASE WHEN r.status<>-2 THEN r.ended_us END"},
    {"request_response_rmt", "latency", family::number,
     "CASE WHEN r.status<>-2 THEN (r.ended_us-r.created_us)/1000.0 END"},
    {"request_response_rmt", "time_to_first_token", family::number, "(r.time_to_first_token_us/1000.0)"},
    {"request_response_rmt", "status", family::status, "r.status"},
    {"request_response_rmt", "model", family::text, "coalesce(r.model,'')", {}, {}, false, "r.model"},
    {"request_response_rmt", "user_id", family::text, "coalesce(r.user_id,'')", {}, {}, false, "r.user_id"},
    {"request_response_rmt", "organization_id", family::text, WEIR_ORGANIZATION},
    {"request_response_rmt", "prompt_tokens", family::number, "r.prompt_tokens"},
    {"request_response_rmt", "completion_tokens", family::number, "r.completion_tokens"},
    {"request_response_rmt", "total_tokens", family::number,
     "coalesce(r.total_tokens,r.prompt_tokens+r.completion_tokens)"},
    {"request_response_rmt", "prompt_cache_read_tokens", family::number, "coalesce(r.prompt_cache_read_tokens,0)"},
    {"request_response_rmt", "prompt_cache_write_tokens", family::number, "coalesce(r.prompt_cache_write_tokens,0)"},
    {"request_response_rmt", "target_url", family::text, "r.target_url"},
    {"request_response_rmt", "threat", family::number, "(r.status=-4)"},
    {"request_response_rmt", "cache_enabled", family::number, "0"},
    {"request_response_rmt", "cache_reference_id", family::text, "'00000000-0000-0000-0000-000000000000'"},
    {"request_response_rmt", "node_id", family::text, "NULL"},
    {"request_response_rmt", "job_id", family::text, "NULL"},
    {"request_response_rmt", "assets", family::text, "x.value",
     "EXISTS (SELECT 1 FROM json_each(weir_asset_ids(r.id,r.asset_count)) AS x WHERE ", ")"},
    {"request_response_rmt", "request_body", family::text, WEIR_BODY("0")},
    {"request_response_rmt", "response_body", family::text, WEIR_BODY("1")},
    {"request_response_rmt", "properties", family::text, "coalesce(" WEIR_PROPERTY ",'')", {}, {}, true, WEIR_PROPERTY},
    {"request_response_rmt", "search_properties", family::text, "p.key",
     "EXISTS (SELECT 1 FROM json_each(r.properties) AS p WHERE ", ")", true},
    {"request_response_rmt", "scores", family::score, "s.int_value",
     "EXISTS (SELECT 1" WEIR_SCORES " AND a.score_key=? AND ", ")", true},
    {"request_response_rmt", "scores_column", family::text,
     "(SELECT json_group_object(a.score_key,s.int_value)" WEIR_SCORES ")"},
    {"request_response_rmt", "helicone-score-feedback", family::number, "s.int_value",
     "EXISTS (SELECT 1" WEIR_SCORES " AND a.score_key='helicone-score-feedback' AND ", ")"},

    {"sessions_request_response_rmt", "session_tag", family::text, "t.tag",
     "EXISTS (SELECT 1 FROM tag AS t WHERE t.organization_id=r.organization_id AND t.entity_type='session'"
     " AND t.entity_id=r.session_id AND ",
     ")"},
    aggregate("sessions_request_response_rmt", "session_session_id", family::text, "g.session_id"),
    aggregate("sessions_request_response_rmt", "session_session_name", family::text, "g.session_name"),
    aggregate("sessions_request_response_rmt", "session_total_cost", family::number, "g.total_cost"),
    aggregate("sessions_request_response_rmt", "session_total_tokens", family::number, "g.total_tokens"),
    aggregate("sessions_request_response_rmt", "session_prompt_tokens", family::number, "g.prompt_tokens"),
    aggregate("sessions_request_response_rmt", "session_completion_tokens", family::number, "g.completion_tokens"),
    aggregate("sessions_request_response_rmt", "session_total_requests", family::number, "g.total_requests"),
    aggregate("sessions_request_response_rmt", "session_created_at", family::number, "g.created_at"),
    aggregate("sessions_request_response_rmt", "session_latest_request_created_at", family::number,
              "g.latest_request_created_at"),
    aggregate("users_view", "user_user_id", family::text, "g.user_id"),
    aggregate("users_view", "user_active_for", family::number, "g.active_for"),
    aggregate("users_view", "user_first_active", family::number, "g.first_active"),
    aggregate("users_view", "user_last_active", family::number, "g.last_active"),
    aggregate("users_view", "user_total_requests", family::number, "g.total_requests"),
    aggregate("users_view", "user_average_requests_per_day_active", family::number,
              "g.average_requests_per_day_active"),
    aggregate("users_view", "user_average_tokens_per_request", family::number, "g.average_tokens_per_request"),
    aggregate("users_view", "user_total_completion_tokens", family::number, "g.total_completion_tokens"),
    aggregate("users_view", "user_total_prompt_tokens", family::number, "g.total_prompt_tokens"),
    aggregate("users_view", "user_cost", family::number, "g.cost"),
};

} // namespace

std::string_view const request_prompt_sql = WEIR_PROMPT, response_text_sql = WEIR_COMPLETION;

namespace
{

#undef WEIR_UUID_TEXT
#undef WEIR_PROMPT
#undef WEIR_COMPLETION
#undef WEIR_BODY
#undef WEIR_OF_BODY
#undef WEIR_PROPERTY
#undef WEIR_FEEDBACK
#undef WEIR_SCORES
#undef WEIR_ORGANIZATION

column const* find_column(std::string_view table, std::string_view name)
{
    auto const found = std::find_if(std::begin(columns), std::end(columns),
                                    [&](column const& c) { return c.table == table && c.name == name; });
    return found == std::end(columns) ? nullptr : found;
}

/// The sign between two values; none for the comparisons by pattern.
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

/// One condition on its way into SQL.
class writer
{
public:
    writer(filter_condition const& condition, column const& of, sql& to)
        : condition_(condition)
        , column_(of)
        , to_(to)
    {
    }

    void write()
    {
        to_ << "(";
        put(column_.before);
        switch (column_.is) {
        case family::text: compare_text(); break;
        case family::number: compare_number(); break;
        case family::request_id: compare_request_id(); break;
        case family::response_id: compare_response_id(); break;
        case family::score: compare_score(); break;
        case family::status: compare_status(); break;
        case family::request_time: compare_request_time(); break;
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

    /// The value of a property. A plain name stands in the SQL as it does in the index of a property that has one
    /// (storage/property_index.hpp); any other is bound.
    void put_property()
    {
        auto const& key = condition_.key;
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
        put(column_.value);
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

    /// The index has all but 200, and SQLite must be told where that is out of the question.
    void compare_status()
    {
        compare_number();
        auto const* number = std::get_if<double>(&condition_.operand);
        if (number && !holds(200, condition_.how, *number)) to_ << " AND r.status<>200";
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

    static bool holds(double value, comparison how, double operand)
    {
        switch (how) {
        case comparison::equals: return value == operand;
        case comparison::not_equals: return value != operand;
        case comparison::gt: return value > operand;
        case comparison::gte: return value >= operand;
        case comparison::lt: return value < operand;
        case comparison::lte: return value <= operand;
        default: return true;
        }
    }

    void compare_number()
    {
        value("", sign_of(condition_.how));
        if (auto const* number = std::get_if<double>(&condition_.operand))
            to_.bind(*number);
        else if (auto const* truth = std::get_if<bool>(&condition_.operand))
            to_.bind(std::int64_t{*truth});
        else
            to_.bind(std::get<filter_time>(condition_.operand).us);
    }

    void compare_request_id()
    {
        bool const is_equality = condition_.how == comparison::equals || condition_.how == comparison::not_equals;
        if (!is_equality || text() == "null") return compare_text();
        auto const id = uuid::parse(text());
        if (!id) {
            to_ << (condition_.how == comparison::equals ? "0" : "1");
        } else if (condition_.how == comparison::not_equals) {
            to_.with("r.request_id<>?", *id);
        } else {
            // weir's own ids carry the row's key; what a client chose is looked up by its index.
            to_.with("(r.client_chose_id=1 AND r.request_id=?)", *id);
            if (auto const own = row_id_of(*id)) {
                to_.with(" OR (r.request_id=? AND r.id=", *id);
                to_.bind(static_cast<std::int64_t>(*own)) << ")";
            }
        }
    }

    void compare_response_id()
    {
        auto const id = uuid::parse(text());
        auto const row = id ? row_id_of(*id) : std::nullopt;
        if (condition_.how != comparison::equals || !row || response_id(*row) != *id) {
            to_ << "NULL";
            return;
        }
        value("", " AND r.id=").bind(static_cast<std::int64_t>(*row));
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
    column const& column_;
    sql& to_;
};

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

void append_filter(filter const& what, sql& to, filter_pass pass)
{
    switch (what.is) {
    case filter::kind::everything: to << "1"; return;
    case filter::kind::condition: {
        auto const* column = find_column(what.condition.table, what.condition.column);
        if (column && column->pass == pass)
            writer(what.condition, *column, to).write();
        else
            to << "1";
        return;
    }
    case filter::kind::all_of:
    case filter::kind::any_of: break;
    }
    append_joined(what.parts, what.is == filter::kind::all_of, to, pass);
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
