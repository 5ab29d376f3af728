#include "storage/requests.hpp"

#include "storage/body_block.hpp"
#include "storage/candidates.hpp"
#include "storage/collect.hpp"
#include "storage/filter_columns.hpp"
#include "storage/json_text.hpp"
#include "storage/prepared_filter.hpp"
#include "storage/sql.hpp"

#include <algorithm>
#include <chrono>

namespace weir::storage
{
namespace
{

#define WEIR_REQUEST_COLUMNS                                                                                           \
    "id,request_id,client_chose_id,organization_id,api_key_id,created_us,ended_us,time_to_first_byte_us,"              \
    "time_to_first_token_us,overhead_us,method,provider,path,target_url,model,request_model,response_model,"           \
    "model_override,status,is_stream,finish_reason,error_type,error_message,stream_error,usage_missing,warning,"       \
    "user_id,properties,session_id,session_name,session_path,prompt_id,prompt_version,retry_count,"                    \
    "provider_auth_hash,prompt_tokens,prompt_tokens_reported,completion_tokens,total_tokens,"                          \
    "prompt_cache_read_tokens,prompt_cache_write_tokens,prompt_cache_write_5m,prompt_cache_write_1h,"                  \
    "reasoning_tokens,prompt_audio_tokens,completion_audio_tokens,cost_nanos,cost_source,cost_flags,"                  \
    "price_table_version,request_bytes,response_bytes,request_messages,response_messages,request_truncated,"           \
    "response_truncated,body_missing,asset_count,body_ref"

pricing::cost_source source_of(std::string const& name)
{
    for (auto const source : {pricing::cost_source::table, pricing::cost_source::override_rule,
                              pricing::cost_source::provider, pricing::cost_source::told})
        if (pricing::name_of(source) == name) return source;
    return pricing::cost_source::none;
}

/// A row in the order of WEIR_REQUEST_COLUMNS.
request_record record_of(rows const& row)
{
    using count = std::optional<std::int64_t>;
    request_record r;
    int at = 0;
    auto const to = [&]<class T>(T& member) { member = row.get<T>(at++); };
    to(r.id), to(r.request_id), to(r.client_chose_id), to(r.organization), to(r.api_key_id);
    to(r.created_us), to(r.ended_us), to(r.time_to_first_byte_us), to(r.time_to_first_token_us), to(r.overhead_us);
    to(r.method), to(r.provider), to(r.path), to(r.target_url);
    to(r.model), to(r.request_model), to(r.response_model), to(r.model_override);
    to(r.status), to(r.is_stream), to(r.finish_reason), to(r.error_type), to(r.error_message), to(r.stream_error);
    to(r.usage_missing), to(r.warning), to(r.user_id);
    r.properties = pairs_of_json(row.get<std::string>(at++));
    to(r.session_id), to(r.session_name), to(r.session_path), to(r.prompt_id), to(r.prompt_version);
    to(r.retry_count), to(r.provider_auth_hash);
    for (count* c : {&r.used.prompt, &r.used.prompt_reported, &r.used.completion, &r.used.total, &r.used.cache_read,
                     &r.used.cache_write, &r.used.cache_write_5m, &r.used.cache_write_1h, &r.used.reasoning,
                     &r.used.prompt_audio, &r.used.completion_audio, &r.cost.nanos})
        to(*c);
    r.cost.source = source_of(row.get<std::string>(at++));
    to(r.cost_flags), to(r.price_table_version), to(r.request_bytes), to(r.response_bytes);
    to(r.request_messages), to(r.response_messages);
    to(r.request_truncated), to(r.response_truncated), to(r.body_missing), to(r.asset_count);
    r.has_body = row.get<count>(at).has_value();
    return r;
}

/// What was said of a call: scores, feedback, tags and a star, in one statement, since a page asks for each of its
/// rows.
result<request_row> with_judgements(connection& db, request_record record)
{
    enum { of_score, of_feedback, of_tag, of_star };
    auto found = db.query("SELECT 0,a.score_key,s.int_value,a.value_type='boolean' FROM score_value AS s"
                          " JOIN score_attribute AS a ON a.id=s.attribute_id"
                          " WHERE s.organization_id=?1 AND s.request_id=?2"
                          " UNION ALL SELECT 1,feedback_id,created_us,rating FROM feedback"
                          " WHERE organization_id=?1 AND request_id=?2"
                          " UNION ALL SELECT 2,tag,id,NULL FROM tag"
                          " WHERE organization_id=?1 AND entity_type='request' AND entity_id=?3"
                          " UNION ALL SELECT 3,NULL,NULL,NULL FROM tracked_request"
                          " WHERE organization_id=?1 AND request_id=?2 AND is_starred",
                          record.organization, record.request_id, record.request_id.text());
    if (!found) return found.error();
    request_row row;
    std::vector<std::pair<std::int64_t, std::string>> tags; // by their ids
    while (found->next()) {
        auto const number = found->get<std::int64_t>(2);
        switch (found->get<int>(0)) {
        case of_score: row.scores.push_back({found->get<std::string>(1), number, found->get<bool>(3)}); break;
        case of_feedback: row.rating = feedback{found->get<uuid>(1), found->get<bool>(3), number}; break;
        case of_tag: tags.emplace_back(number, found->get<std::string>(1)); break;
        case of_star: row.is_starred = true; break;
        default: break;
        }
    }
    if (found->error()) return found->error();
    std::ranges::sort(row.scores, {}, &score::key);
    std::ranges::sort(tags);
    for (auto& [id, tag] : tags) row.tags.push_back(std::move(tag));
    row.record = std::move(record);
    return row;
}

result<request_record> first(result<rows> found)
{
    if (!found) return found.error();
    if (found->next()) return record_of(*found);
    return found->error() ? found->error() : make_error_code(errc::not_found);
}

/// The newest rows with a score are found by the index of scores: few rows may have it, or many.
void append_rows_of_score(organization_id organization, filter_condition const& score, sql& to)
{
    to << " FROM (SELECT row_id AS row_of_score FROM score_value WHERE attribute_id="
          "(SELECT id FROM score_attribute WHERE organization_id=";
    to.bind(static_cast<std::int64_t>(organization)) << " AND score_key=";
    to.bind(score.key) << ") AND int_value=CAST(";
    to.bind(std::get<std::string>(score.operand))
        << " AS NUMERIC)) AS d CROSS JOIN request AS r ON r.id=d.row_of_score";
}

/// " WHERE …"
void append_condition(organization_id organization, filter const& what, sql& to)
{
    to << " WHERE r.organization_id=";
    to.bind(static_cast<std::int64_t>(organization)) << " AND ";
    append_filter(what, to);
}

/// That there is, or is not, a row of `from`, whose `request_id` is the call's.
void append_existence(std::optional<bool> is_there, std::string_view from, std::string_view request_id, sql& to)
{
    if (!is_there) return;
    to << (*is_there ? " AND EXISTS (SELECT 1 FROM " : " AND NOT EXISTS (SELECT 1 FROM ") << from
       << " WHERE s.organization_id=r.organization_id AND " << request_id << "=r.request_id)";
}

void append_order(request_query const& query, sql& to)
{
    // Ids grow with time.
    struct {
        request_order by;
        std::string_view value;
    } const orders[] = {
        {request_order::random, "random()"},
        {request_order::latency, "CASE WHEN r.status<>-2 THEN r.ended_us-r.created_us END"},
        {request_order::total_tokens, "coalesce(r.total_tokens,r.prompt_tokens+r.completion_tokens)"},
        {request_order::completion_tokens, "r.completion_tokens"},
        {request_order::prompt_tokens, "r.prompt_tokens"},
        {request_order::user_id, "r.user_id"},
        {request_order::model, "r.model"},
        {request_order::request_prompt, request_prompt_sql},
        {request_order::response_text, response_text_sql},
        {request_order::property,
         "(SELECT p.value FROM json_each(r.properties) AS p WHERE p.key=? COLLATE NOCASE LIMIT 1)"},
        {request_order::input, request_input_sql},
        {request_order::cost, "r.cost_nanos"},
    };
    to << " ORDER BY ";
    auto const* const direction = query.ascending ? " ASC" : " DESC";
    for (auto const& order : orders) {
        if (order.by != query.by) continue;
        if (order.by == request_order::property || order.by == request_order::input)
            to.with(order.value, query.key);
        else
            to << order.value;
        to << direction << ",r.id DESC";
        return;
    }
    to << "r.id" << direction;
}

/// " FROM request AS r WHERE … ORDER BY … LIMIT …"
void append_page(organization_id organization, filter const& what, request_query const& query, sql& to)
{
    bool const is_by_time = query.by == request_order::time;
    auto const* const score = is_by_time ? score_condition(what) : nullptr;
    if (score) {
        append_rows_of_score(organization, *score, to);
        append_condition(organization, what, to);
    } else {
        append_calls_of(what, to);
        append_condition(organization, what, to);
    }
    append_existence(query.is_scored, "score_value AS s", "s.request_id", to);
    append_existence(query.is_part_of_experiment, "hypothesis_run AS s", "s.result_request_id", to);
    if (score)
        to << " ORDER BY d.row_of_score" << (query.ascending ? "" : " DESC");
    else
        append_order(query, to);
    to << " LIMIT ";
    to.bind(query.limit) << " OFFSET ";
    to.bind(query.offset);
}

result<std::vector<request_row>> rows_of_page(connection& db, result<rows> found)
{
    if (!found) return found.error();
    std::vector<request_row> shown;
    while (found->next()) {
        auto row = with_judgements(db, record_of(*found));
        if (!row) return row.error();
        shown.push_back(std::move(*row));
    }
    if (found->error()) return found->error();
    return shown;
}

/// Those of the rows with these keys, or public ids, that there are.
template <class Ids>
result<std::vector<request_row>> rows_of_ids(connection& db, organization_id organization, Ids const& ids)
{
    std::vector<request_row> shown;
    for (auto const& id : ids) {
        auto row = find_request(db, organization, id);
        if (!row && row.error() == errc::not_found) continue;
        if (!row) return row.error();
        shown.push_back(std::move(*row));
    }
    return shown;
}

/// Whether a page is of the newest calls that pass, and no index of scores has those.
bool finds_newest(filter const& what, request_query const& query)
{
    return query.by == request_order::time && !query.ascending && !score_condition(what);
}

/// The page, found among the candidates, which are asked for while it is not full; none when they tell too little.
result<std::optional<std::vector<request_row>>> newest_of(connection& db, organization_id organization,
                                                          filter const& what, request_query query,
                                                          candidates& among_these)
{
    constexpr std::size_t most_asked = 16'384;
    auto const first = query.offset, wanted = query.offset + query.limit;
    bool const asks_of_others = query.is_scored || query.is_part_of_experiment; // besides the filter
    std::vector<row_id> ids;
    query.offset = 0;
    auto const add = [&](filter const& these) -> result<void> {
        query.limit = wanted - std::ssize(ids);
        sql page("SELECT r.id");
        append_page(organization, these, query, page);
        auto const passing = collect_column<row_id>(db.query(page));
        if (!passing) return passing.error();
        ids.insert(ids.end(), passing->begin(), passing->end());
        return {};
    };
    auto const newer = among_these.newer();
    if (auto const added = add(newer ? among(*newer, what) : after(among_these.last_grouped(), what)); !added)
        return added.error();
    // Few of those that wait for a group may pass, and they are among the newest.
    for (auto asked = std::min(static_cast<std::size_t>(wanted) + among_these.waiting(), most_asked);
         std::ssize(ids) < wanted; asked = std::min(asked * 2, most_asked)) {
        auto const some = among_these.next(asked);
        if (!some) return some.error();
        if (among_these.tell_little()) return std::optional<std::vector<request_row>>();
        if (some->empty()) break;
        if (among_these.are_exact() && !asks_of_others)
            ids.insert(ids.end(), some->begin(), some->begin() + std::min(wanted - std::ssize(ids), std::ssize(*some)));
        else if (auto const added = add(among(*some, what)); !added)
            return added.error();
    }
    auto const start = std::min<std::size_t>(ids.size(), static_cast<std::size_t>(first));
    auto rows = rows_of_ids(db, organization, std::span(ids).subspan(start));
    if (!rows) return rows.error();
    return std::optional(std::move(*rows));
}

} // namespace

result<std::vector<request_row>> query_requests(connection& db, organization_id organization,
                                                request_query const& query)
{
    auto const what = prepared(db, organization, query.what);
    if (!what) return what.error();
    if (finds_newest(*what, query)) {
        auto found = candidates::find(db, organization, *what);
        if (!found) return found.error();
        auto page =
            *found ? newest_of(db, organization, *what, query, **found) : std::optional<std::vector<request_row>>();
        if (!page) return page.error();
        if (*page) return std::move(**page);
    }
    bool const is_by_time = query.by == request_order::time;
    filter narrowed{.is = filter::kind::all_of};
    if (!is_by_time || !score_condition(*what)) {
        auto rows = rows_that_may_pass(db, organization, *what);
        if (!rows) return rows.error();
        narrowed.parts.push_back(std::move(*rows));
    }
    narrowed.parts.push_back(*what);
    sql asked(is_by_time ? "SELECT " WEIR_REQUEST_COLUMNS : "SELECT r.id");
    append_page(organization, narrowed, query, asked);
    if (is_by_time) return rows_of_page(db, db.query(asked));
    // All that pass are looked at, of which an index may have what is looked at: only the page's rows are read.
    auto const ids = collect_column<row_id>(db.query(asked));
    if (!ids) return ids.error();
    return rows_of_ids(db, organization, *ids);
}

result<std::int64_t> count_requests(connection& db, organization_id organization, filter const& what)
{
    auto const known = prepared(db, organization, what);
    if (!known) return known.error();
    std::int64_t count = 0;
    auto const add = [&](filter const& part) -> result<void> {
        sql asked("SELECT count(*)");
        append_calls_of(part, asked);
        append_condition(organization, part, asked);
        auto const some = first_value<std::int64_t>(db.query(asked));
        if (!some) return some.error();
        count += *some;
        return {};
    };
    auto const add_passing = [&](group_search&, row_group const& group, group_verdict const& passing) -> result<bool> {
        count += passing.is == group_verdict::kind::all ? static_cast<std::int64_t>(group.rows)
                                                        : std::ranges::count(passing.mask, 1);
        return true;
    };
    auto const done = ask_all(db, organization, *known, add, add_passing);
    if (!done) return done.error();
    return count;
}

result<row_id> find_row(connection& db, organization_id organization, uuid const& request_id)
{
    // weir's own ids carry the row's key; what a client chose is looked up by its index.
    return first_value<row_id>(
        db.query("SELECT id FROM request WHERE id=?1 AND request_id=?2 AND organization_id=?3 UNION ALL "
                 "SELECT id FROM request WHERE request_id=?2 AND client_chose_id=1 AND organization_id=?3 "
                 "LIMIT 1",
                 row_id_of(request_id), request_id, organization));
}

result<void> require_under_way(connection& db, uuid const& request_id, std::int64_t now_us)
{
    using std::chrono::microseconds;
    constexpr std::chrono::hours longest{1};
    constexpr std::chrono::seconds early{1}; // clocks step
    auto const row = row_id_of(request_id);
    if (!row || gateway_of(*row) != 0) return make_error_code(errc::not_found);
    auto const age = std::chrono::system_clock::time_point(microseconds(now_us)) - time_of(*row);
    if (age > longest || age < -early) return make_error_code(errc::not_found);
    auto const is_taken = is_any(db.query("SELECT 1 FROM request WHERE id=?1", *row));
    if (!is_taken) return is_taken.error();
    if (*is_taken) return make_error_code(errc::not_found);
    return {};
}

result<request_row> find_request(connection& db, organization_id organization, uuid const& request_id)
{
    auto const row = find_row(db, organization, request_id);
    if (!row) return row.error();
    auto found = first(db.query("SELECT " WEIR_REQUEST_COLUMNS " FROM request WHERE id=?1", *row));
    if (!found) return found.error();
    return with_judgements(db, std::move(*found));
}

result<request_row> find_request(connection& db, organization_id organization, row_id id)
{
    auto found = first(
        db.query("SELECT " WEIR_REQUEST_COLUMNS " FROM request WHERE id=?1 AND organization_id=?2", id, organization));
    if (!found) return found.error();
    return with_judgements(db, std::move(*found));
}

result<std::vector<request_row>> find_requests(connection& db, organization_id organization,
                                               std::span<uuid const> request_ids)
{
    return rows_of_ids(db, organization, request_ids);
}

namespace
{

/// Hands the keys of the rows that pass to `use`. Each row comes out of the query, whether it passes or not: so a step
/// can end with any, however few pass and however long a look at their bodies takes.
template <class Use>
result<void> walk(connection& db, std::optional<organization_id> whose, filter const& what, walk_position& at, Use use)
{
    if (at.is_done()) return {};
    auto const end = std::chrono::steady_clock::now() + at.step;
    auto const known = with_spellings(db, whose, what);
    if (!known) return known.error();
    sql asked("SELECT r.id,");
    if (whose) (asked << "r.organization_id=").bind(static_cast<std::int64_t>(*whose)) << " AND ";
    asked << "(";
    append_filter(*known, asked);
    (asked << ") IS TRUE FROM request AS r WHERE r.id>").bind(static_cast<std::int64_t>(at.after));
    (asked << " AND r.id<=").bind(static_cast<std::int64_t>(at.last));
    asked << " ORDER BY r.id";
    auto found = db.query(asked);
    if (!found) return found.error();
    while (found->next()) {
        auto const id = found->get<row_id>(0);
        result<bool> const more = found->get<bool>(1) ? use(id) : result<bool>(true);
        if (!more) return more.error();
        at.after = id;
        if (!*more || std::chrono::steady_clock::now() >= end) return {};
    }
    if (found->error()) return found->error();
    at.after = at.last;
    return {};
}

} // namespace

result<void> walk_requests(connection& db, organization_id organization, filter const& what, walk_position& at,
                           std::function<bool(request_row const&, std::optional<bodies>)> const& use)
{
    constexpr auto request_at = static_cast<int>(1 + std::ranges::count(std::string_view(WEIR_REQUEST_COLUMNS), ','));
    return walk(db, organization, what, at, [&](row_id id) -> result<bool> {
        using boost::system::in_place_error; // an error is a bool, too
        auto found = db.query("SELECT " WEIR_REQUEST_COLUMNS ",weir_body(body_ref,id,0),weir_body(body_ref,id,1)"
                              " FROM request WHERE id=?1",
                              id);
        if (!found) return {in_place_error, found.error()};
        if (!found->next()) return {in_place_error, found->error() ? found->error() : make_error_code(errc::not_found)};
        auto row = with_judgements(db, record_of(*found));
        if (!row) return {in_place_error, row.error()};
        std::optional<bodies> kept;
        if (auto request = found->get<std::optional<std::string>>(request_at))
            kept = bodies{
                .request = std::move(*request), .response = found->get<std::string>(request_at + 1), .raw_stream = {}};
        return use(*row, std::move(kept));
    });
}

result<void> walk_records(connection& db, filter const& what, walk_position& at,
                          std::function<bool(request_record const&)> const& use)
{
    return walk(db, std::nullopt, what, at, [&](row_id id) -> result<bool> {
        auto const record = first(db.query("SELECT " WEIR_REQUEST_COLUMNS " FROM request WHERE id=?1", id));
        if (!record) return {boost::system::in_place_error, record.error()};
        return use(*record);
    });
}

result<row_id> last_row_id(connection& db)
{
    return first_value<row_id>(db.query("SELECT coalesce(max(id),0) FROM request"));
}

result<bodies> find_bodies(connection& db, row_id id)
{
    auto found =
        db.query("SELECT b.content FROM request AS r JOIN body_block AS b ON b.id=r.body_ref WHERE r.id=?1", id);
    if (!found) return found.error();
    if (!found->next()) return found->error() ? found->error() : make_error_code(errc::not_found);
    auto const block = found->get<std::string>(0);
    return body_unpacker().find(block, id);
}

} // namespace weir::storage
