#include "storage/record_views.hpp"

#include "storage/uuid_sql.hpp"

#include <boost/algorithm/string/replace.hpp>

namespace weir::storage
{
namespace
{

// Whole milliseconds, so that nothing is rounded up into the next one. Written as SQLite's own functions write times.
#define WEIR_TIME_TEXT(us) "strftime('%Y-%m-%d %H:%M:%f',(" us ")/1000/1000.0,'unixepoch')"
#define WEIR_NO_UUID "'00000000-0000-0000-0000-000000000000'"

// The organisation is the first condition on each table, so that no condition of a user's is ever tried on a row of
// another one: an error there would tell of it. Every table has the schema's name before it: a user's WITH could stand
// for one that has none.

constexpr view_column request_columns[] = {
    {"request_id", "UUID", WEIR_UUID_TEXT("r.request_id"), "the public id of the call"},
    {"request_created_at", "DateTime64(3)", WEIR_TIME_TEXT("r.created_us"), "UTC, as YYYY-MM-DD HH:MM:SS.mmm"},
    {"response_id", "Nullable(UUID)", "CASE WHEN r.status<>-2 THEN {row}(r.id) END", "as the API shows it"},
    {"response_created_at", "Nullable(DateTime64(3))",
     "CASE WHEN r.status<>-2 THEN " WEIR_TIME_TEXT("r.ended_us") " END", "when the answer had ended"},
    {"latency", "Nullable(Int64)", "CASE WHEN r.status<>-2 THEN (r.ended_us-r.created_us+500)/1000 END",
     "milliseconds"},
    {"time_to_first_token", "Nullable(Int64)", "(r.time_to_first_token_us+500)/1000", "milliseconds, of streams"},
    {"status", "Int64", "r.status", "HTTP's, or -1 timeout, -2 pending, -3 cancelled, -4 threat, -100 unknown"},
    {"provider", "String",
     "CASE r.provider WHEN 'gemini' THEN 'GOOGLE' WHEN 'vertex' THEN 'GOOGLE' WHEN 'bedrock' THEN 'AWS'"
     " WHEN 'xai' THEN 'X' ELSE upper(coalesce(r.provider,'')) END",
     "in capitals: OPENAI, ANTHROPIC, GOOGLE"},
    {"model", "String", "coalesce(r.model,'')", "what the call is priced under"},
    {"request_model", "String", "coalesce(r.request_model,'')", "as the request named it"},
    {"response_model", "String", "coalesce(r.response_model,'')", "as the provider answered"},
    {"method", "String", "r.method"},
    {"path", "String", "r.path", "path and query as received"},
    {"target_url", "Nullable(String)", "r.target_url", "where it went"},
    {"user_id", "String", "coalesce(r.user_id,'')"},
    {"session_id", "String", "coalesce(r.session_id,'')"},
    {"session_name", "String", "coalesce(r.session_name,'')"},
    {"session_path", "String", "coalesce(r.session_path,'')"},
    {"prompt_id", "String", "coalesce(r.prompt_id,'')"},
    {"prompt_version", "String", "coalesce(r.prompt_version,'')"},
    {"prompt_tokens", "Nullable(Int64)", "r.prompt_tokens", "neither read from nor written to a cache"},
    {"completion_tokens", "Nullable(Int64)", "r.completion_tokens", "with reasoning and audio"},
    {"total_tokens", "Nullable(Int64)", "coalesce(r.total_tokens,r.prompt_tokens+r.completion_tokens)"},
    {"prompt_cache_read_tokens", "Int64", "coalesce(r.prompt_cache_read_tokens,0)"},
    {"prompt_cache_write_tokens", "Int64", "coalesce(r.prompt_cache_write_tokens,0)"},
    {"reasoning_tokens", "Int64", "coalesce(r.reasoning_tokens,0)", "part of completion_tokens"},
    {"prompt_audio_tokens", "Int64", "coalesce(r.prompt_audio_tokens,0)"},
    {"completion_audio_tokens", "Int64", "coalesce(r.completion_audio_tokens,0)"},
    {"cost", "UInt64", "coalesce(r.cost_nanos,0)", "billionths of a US dollar; 0 also where no price is known"},
    {"cost_usd", "Nullable(Float64)", "r.cost_nanos/1e9", "US dollars; NULL where no price is known"},
    {"is_stream", "Bool", "r.is_stream"},
    {"finish_reason", "String", "coalesce(r.finish_reason,'')"},
    {"error_type", "String", "coalesce(r.error_type,'')"},
    {"error_message", "String", "coalesce(r.error_message,'')"},
    {"stream_error", "String", "coalesce(r.stream_error,'')", "why an answer that had begun did not come to its end"},
    {"properties", "Map(String, String)", "coalesce(r.properties,'{}')", "a JSON object of texts"},
    {"scores", "Map(String, Int64)",
     "(SELECT json_group_object(a.score_key,s.int_value) FROM {schema}.score_value AS s"
     " JOIN {schema}.score_attribute AS a ON a.id=s.attribute_id"
     " WHERE s.organization_id={organization} AND s.request_id=r.request_id)",
     "a JSON object of whole numbers"},
    {"request_body", "String", "coalesce({row}(r.body_ref,r.id,0),'')", "in full; mostly JSON"},
    {"response_body", "String", "coalesce({row}(r.body_ref,r.id,1),'')", "in full; mostly JSON"},
    {"assets", "Array(String)", "{row}(r.id,r.asset_count)", "a JSON array of the ids of its images"},
    {"cache_enabled", "Bool", "0", "always 0"},
    {"cache_reference_id", "UUID", WEIR_NO_UUID, "always zeros"},
    {"threat", "Bool", "r.status=-4"},
    {"country_code", "Nullable(String)", "NULL", "always NULL"},
    {"proxy_key_id", "UUID", WEIR_NO_UUID, "always zeros"},
    {"organization_id", "UUID", "'{public_id}'", "your own"},
    {"updated_at", "DateTime64(3)", WEIR_TIME_TEXT("CASE WHEN r.status<>-2 THEN r.ended_us ELSE r.created_us END")},
};

constexpr view_column score_columns[] = {
    {"request_id", "UUID", WEIR_UUID_TEXT("s.request_id")},
    {"score_key", "String", "a.score_key"},
    {"value", "Int64", "s.int_value", "1 or 0 of a boolean"},
    {"value_type", "String", "a.value_type", "number or boolean"},
    {"created_at", "DateTime64(3)", WEIR_TIME_TEXT("s.created_us")},
};

constexpr view_column feedback_columns[] = {
    {"feedback_id", "UUID", WEIR_UUID_TEXT("f.feedback_id")},
    {"request_id", "UUID", WEIR_UUID_TEXT("f.request_id")},
    {"rating", "Bool", "f.rating", "1 good, 0 bad"},
    {"created_at", "DateTime64(3)", WEIR_TIME_TEXT("f.created_us")},
};

constexpr view_column tag_columns[] = {
    {"entity_type", "String", "t.entity_type", "session or request"},
    {"entity_id", "String", "t.entity_id"},
    {"tag", "String", "t.tag"},
    {"created_at", "DateTime64(3)", WEIR_TIME_TEXT("t.created_us")},
};

constexpr view_column session_columns[] = {
    {"session_id", "String", "r.session_id"},
    {"session_name", "String", "coalesce(r.session_name,'')"},
    {"requests", "Int64", "count(*)"},
    {"prompt_tokens", "Int64", "CAST(total(r.prompt_tokens) AS INTEGER)"},
    {"completion_tokens", "Int64", "CAST(total(r.completion_tokens) AS INTEGER)"},
    {"cost", "UInt64", "CAST(total(r.cost_nanos) AS INTEGER)", "billionths of a US dollar"},
    {"created_at", "DateTime64(3)", WEIR_TIME_TEXT("min(r.created_us)"), "of its first call"},
    {"latest_request_created_at", "DateTime64(3)", WEIR_TIME_TEXT("max(r.created_us)")},
};

constexpr record_view views[] = {
    {"request_response_rmt", request_columns, "FROM {schema}.request AS r WHERE r.organization_id={organization}"},
    {"scores", score_columns,
     "FROM {schema}.score_value AS s JOIN {schema}.score_attribute AS a ON a.id=s.attribute_id"
     " WHERE s.organization_id={organization} AND a.organization_id={organization}"},
    {"feedback", feedback_columns, "FROM {schema}.feedback AS f WHERE f.organization_id={organization}"},
    {"tags", tag_columns, "FROM {schema}.tag AS t WHERE t.organization_id={organization}"},
    {"sessions", session_columns,
     "FROM {schema}.request AS r WHERE r.organization_id={organization} AND r.session_id IS NOT NULL"
     " GROUP BY r.session_id,coalesce(r.session_name,'')"},
};

#undef WEIR_TIME_TEXT
#undef WEIR_NO_UUID

} // namespace

std::span<record_view const> record_views() { return views; }

std::string statement_of(record_view const& view, view_places const& places)
{
    std::string text = "CREATE TEMP VIEW ";
    text.append(view.name).append(" AS SELECT ");
    for (auto const& column : view.columns) {
        if (&column != view.columns.data()) text += ',';
        text.append(column.sql).append(" AS ").append(column.name);
    }
    text.append(" ").append(view.from);
    for (auto const& [place, value] : {std::pair{"{schema}", &places.schema},
                                       {"{organization}", &places.organization},
                                       {"{public_id}", &places.public_id},
                                       {"{row}", &places.row}})
        boost::replace_all(text, place, *value);
    return text;
}

} // namespace weir::storage
