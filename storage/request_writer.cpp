#include "storage/request_writer.hpp"

#include "storage/json_text.hpp"

namespace weir::storage
{
namespace
{

/// NULL for what is not known.
std::optional<std::string_view> known(std::string const& text)
{
    if (text.empty()) return std::nullopt;
    return std::string_view(text);
}

result<std::int64_t> count_with_id(connection& db, organization_id organization, uuid const& id)
{
    // A client may also choose an id that weir gave out: that one is found by the row id within it.
    auto found = db.query(
        "SELECT (SELECT count(*) FROM request WHERE request_id=?1 AND client_chose_id=1 AND organization_id=?3)"
        " + (SELECT count(*) FROM request WHERE id=?2 AND request_id=?1 AND organization_id=?3)",
        id, row_id_of(id).value_or(row_id{-1}), organization);
    if (!found) return found.error();
    if (!found->next()) return found->error();
    return found->get<std::int64_t>(0);
}

result<std::int64_t> rows_with(connection& db, row_id id)
{
    auto found = db.query("SELECT count(*) FROM request WHERE id=?1", id);
    if (!found) return found.error();
    if (!found->next()) return found->error();
    return found->get<std::int64_t>(0);
}

/// Takes a call's pending row out, of which the call keeps what was said of it meanwhile; returns the id under which it
/// was known, if there was one.
result<std::optional<uuid>> take_pending(connection& db, request_record& r)
{
    auto gone = db.query("DELETE FROM request WHERE id=?1 AND status=?2 "
                         "RETURNING request_id,properties,session_id,session_name,session_path,prompt_id",
                         r.id, status::pending);
    if (!gone) return gone.error();
    std::optional<uuid> known_as;
    while (gone->next()) {
        known_as = gone->get<uuid>(0);
        for (auto const& [name, value] : pairs_of_json(gone->get<std::string>(1)))
            put_property(r.properties, name, value);
        int at = 2;
        for (auto* column : {&r.session_id, &r.session_name, &r.session_path, &r.prompt_id})
            *column = gone->get<std::string>(at++);
    }
    if (gone->error()) return gone->error();
    return known_as;
}

/// The public id of a call: that of its pending row, which goes; else its own, or a fresh one when another row has the
/// one that the client chose.
result<uuid> id_for(connection& db, request_record& r)
{
    if (r.was_pending) {
        auto const known_as = take_pending(db, r);
        if (!known_as) return known_as.error();
        if (*known_as) return **known_as;
    }
    if (!r.client_chose_id) return r.request_id;
    auto const others = count_with_id(db, r.organization, r.request_id);
    if (!others) return others.error();
    return *others > 0 ? public_id(r.id, random_bits()) : r.request_id;
}

} // namespace

result<void> find_free_id(connection& db, request_record& r, std::set<row_id>& given)
{
    if (!r.id_may_be_taken) return {};
    for (unsigned tries = 0;; ++tries) {
        auto const there = rows_with(db, r.id);
        if (!there) return there.error();
        if (*there == 0 && given.insert(r.id).second) break;
        r.id = another_logged_row_id(r.id, tries, random_bits());
        r.client_chose_id = true; // the public id leads to another row now: the index finds this one
    }
    r.id_may_be_taken = false;
    return {};
}

result<void> insert_block(connection& db, row_id id, std::string_view content)
{
    return db.execute("INSERT INTO body_block (id,content) VALUES (?1,?2)", id, blob{content});
}

result<void> insert_request(connection& db, request_record& r, std::optional<row_id> block)
{
    auto const id = id_for(db, r);
    if (!id) return id.error();
    if (*id != r.request_id) {
        put_property(r.properties, "Helicone-Request-Id-Duplicate", r.request_id.text());
        r.request_id = *id;
        r.client_chose_id = false;
    }
    std::optional<std::string> properties;
    if (!r.properties.empty()) properties = to_json(r.properties);
    auto const& u = r.used;
    static constexpr std::string_view sql =
        "INSERT INTO request (id,request_id,client_chose_id,organization_id,api_key_id,created_us,ended_us,"
        "time_to_first_byte_us,time_to_first_token_us,overhead_us,method,provider,path,target_url,model,request_model,"
        "response_model,model_override,status,is_stream,finish_reason,error_type,error_message,stream_error,"
        "usage_missing,warning,user_id,properties,session_id,session_name,session_path,prompt_id,prompt_version,"
        "retry_count,provider_auth_hash,prompt_tokens,prompt_tokens_reported,completion_tokens,total_tokens,"
        "prompt_cache_read_tokens,prompt_cache_write_tokens,prompt_cache_write_5m,prompt_cache_write_1h,"
        "reasoning_tokens,prompt_audio_tokens,completion_audio_tokens,cost_nanos,cost_source,cost_flags,"
        "price_table_version,request_bytes,response_bytes,request_truncated,response_truncated,body_missing,body_ref,"
        "request_messages,response_messages,asset_count) "
        "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,?26,?27,"
        "?28,?29,?30,?31,?32,?33,?34,?35,?36,?37,?38,?39,?40,?41,?42,?43,?44,?45,?46,?47,?48,?49,?50,?51,?52,?53,?54,"
        "?55,?56,?57,?58,?59)";
    return db.execute(
        sql, r.id, r.request_id, r.client_chose_id, r.organization, r.api_key_id, r.created_us, r.ended_us,
        r.time_to_first_byte_us, r.time_to_first_token_us, r.overhead_us, r.method, known(r.provider), r.path,
        known(r.target_url), known(r.model), known(r.request_model), known(r.response_model), known(r.model_override),
        r.status, r.is_stream, known(r.finish_reason), known(r.error_type), known(r.error_message),
        known(r.stream_error), r.usage_missing, known(r.warning), known(r.user_id), properties, known(r.session_id),
        known(r.session_name), known(r.session_path), known(r.prompt_id), known(r.prompt_version), r.retry_count,
        known(r.provider_auth_hash), u.prompt, u.prompt_reported, u.completion, u.total, u.cache_read, u.cache_write,
        u.cache_write_5m, u.cache_write_1h, u.reasoning, u.prompt_audio, u.completion_audio, r.cost.nanos,
        pricing::name_of(r.cost.source), known(r.cost_flags), known(r.price_table_version), r.request_bytes,
        r.response_bytes, r.request_truncated, r.response_truncated, known(r.body_missing), block, r.request_messages,
        r.response_messages, r.asset_count > 0 ? std::optional(r.asset_count) : std::nullopt);
}

} // namespace weir::storage
