#include "storage/tracked_requests.hpp"

#include "storage/collect.hpp"
#include "storage/ids.hpp"
#include "storage/numbers.hpp"
#include "storage/requests.hpp"
#include "storage/sql.hpp"
#include "storage/time_range.hpp"

namespace weir::storage
{
namespace
{

result<uuid> prompt_of(connection& db, organization_id organization, version_reference const& what)
{
    auto id = what.prompt_number
                  ? numbered_thing(db, organization, numbered::prompt, *what.prompt_number)
                  : first_value<uuid>(db.query("SELECT id FROM prompt WHERE organization_id=?1 AND user_defined_id=?2"
                                               " AND deleted_us IS NULL",
                                               organization, what.prompt_name));
    if (!id) return id;
    return first_value<uuid>(
        db.query("SELECT id FROM prompt WHERE id=?1 AND organization_id=?2 AND deleted_us IS NULL", *id, organization));
}

/// Has the row of a call name the prompt, as calls do that name one themselves.
result<void> name_prompt(connection& db, organization_id organization, uuid const& request, uuid const& version)
{
    auto const row = find_row(db, organization, request);
    if (!row && row.error() == errc::not_found) return {};
    if (!row) return row.error();
    return db.execute("UPDATE request SET prompt_id=p.user_defined_id,"
                      "prompt_version=v.major_version||'.'||v.minor_version"
                      " FROM prompt_version AS v JOIN prompt AS p ON p.id=v.prompt_id"
                      " WHERE request.id=?1 AND v.id=?2",
                      *row, version);
}

} // namespace

result<tracked_request> find_tracked(connection& db, organization_id organization, uuid const& request)
{
    auto found =
        db.query("SELECT prompt_version_id,inputs,function_name,status,error_type,error_message,span_id,is_starred"
                 " FROM tracked_request WHERE organization_id=?1 AND request_id=?2",
                 organization, request);
    if (!found) return found.error();
    tracked_request known;
    if (found->next()) {
        using text = std::optional<std::string>;
        known.prompt_version = found->get<std::optional<uuid>>(0);
        known.inputs = found->get<text>(1);
        known.function_name = found->get<text>(2);
        known.status = found->get<text>(3);
        known.error_type = found->get<text>(4);
        known.error_message = found->get<text>(5);
        known.span_id = found->get<text>(6);
        known.is_starred = found->get<bool>(7);
    }
    if (found->error()) return found->error();
    return known;
}

result<void> put_tracked(connection& db, organization_id organization, uuid const& request, tracked_request const& said,
                         std::int64_t now_us)
{
    auto const done = db.execute(
        "INSERT INTO tracked_request (organization_id,request_id,prompt_version_id,inputs,function_name,status,"
        "error_type,error_message,span_id,created_us) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)"
        " ON CONFLICT (organization_id,request_id) DO UPDATE SET"
        " prompt_version_id=coalesce(excluded.prompt_version_id,prompt_version_id),"
        "inputs=coalesce(excluded.inputs,inputs),function_name=coalesce(excluded.function_name,function_name),"
        "status=coalesce(excluded.status,status),error_type=coalesce(excluded.error_type,error_type),"
        "error_message=coalesce(excluded.error_message,error_message),span_id=coalesce(excluded.span_id,span_id)",
        organization, request, said.prompt_version, said.inputs, said.function_name, said.status, said.error_type,
        said.error_message, said.span_id, now_us);
    if (!done) return done;
    if (said.span_id) {
        auto const linked = db.execute("UPDATE span SET request_id=?3 WHERE organization_id=?1 AND span_id=?2"
                                       " AND request_id IS NULL",
                                       organization, said.span_id, request);
        if (!linked) return linked;
    }
    if (!said.prompt_version) return {};
    return name_prompt(db, organization, request, *said.prompt_version);
}

result<void> set_star(connection& db, organization_id organization, uuid const& request, bool is_starred,
                      std::int64_t now_us)
{
    return db.execute("INSERT INTO tracked_request (organization_id,request_id,is_starred,created_us)"
                      " VALUES (?1,?2,?3,?4) ON CONFLICT (organization_id,request_id)"
                      " DO UPDATE SET is_starred=excluded.is_starred",
                      organization, request, is_starred, now_us);
}

result<void> add_request_tags(connection& db, organization_id organization, uuid const& request,
                              std::span<std::string const> tags, std::int64_t now_us)
{
    auto const entity = request.text();
    for (auto const& tag : tags) {
        auto const done = db.execute(
            "INSERT INTO tag (organization_id,entity_type,entity_id,tag,created_us) SELECT ?1,'request',?2,?3,?4"
            " WHERE NOT EXISTS (SELECT 1 FROM tag WHERE organization_id=?1 AND entity_type='request' AND entity_id=?2"
            " AND tag=?3)",
            organization, entity, tag, now_us);
        if (!done) return done;
    }
    return {};
}

result<uuid> find_referred_version(connection& db, organization_id organization, version_reference const& what)
{
    auto const prompt = prompt_of(db, organization, what);
    if (!prompt) return prompt;
    if (what.label)
        return first_value<uuid>(db.query("SELECT prompt_version_id FROM prompt_label WHERE prompt_id=?1 AND name=?2",
                                          *prompt, *what.label));
    return first_value<uuid>(db.query("SELECT id FROM prompt_version WHERE prompt_id=?1 AND number IS NOT NULL"
                                      " AND deleted_us IS NULL AND (?2 IS NULL OR number=?2)"
                                      " ORDER BY number DESC LIMIT 1",
                                      *prompt, what.version));
}

result<std::vector<uuid>> find_versions(connection& db, organization_id organization, std::string_view prompt_name,
                                        which_versions which, std::span<std::int64_t const> numbers,
                                        std::span<std::string const> labels)
{
    version_reference named;
    named.prompt_name = std::string(prompt_name);
    auto const prompt = prompt_of(db, organization, named);
    if (!prompt) return prompt.error();
    sql asked("SELECT id FROM prompt_version WHERE number IS NOT NULL AND prompt_id=");
    asked.bind(*prompt);
    if (which == which_versions::newest) asked << " AND deleted_us IS NULL ORDER BY number DESC LIMIT 1";
    if (which == which_versions::all) asked << " ORDER BY number";
    if (which == which_versions::named) {
        auto const put_all = [&asked](auto const& values) {
            for (std::size_t i = 0; i < values.size(); ++i) (asked << (i > 0 ? "," : "")).bind(values[i]);
        };
        asked << " AND (number IN (";
        put_all(numbers);
        asked << ") OR id IN (SELECT l.prompt_version_id FROM prompt_label AS l WHERE l.prompt_id=";
        asked.bind(*prompt) << " AND l.name IN (";
        put_all(labels);
        asked << "))) ORDER BY number";
    }
    return collect_column<uuid>(db.query(asked));
}

result<numbered_version> number_version(connection& db, organization_id organization, uuid const& version)
{
    auto found = db.query("SELECT v.prompt_id,coalesce(v.number,0),p.user_defined_id FROM prompt_version AS v"
                          " JOIN prompt AS p ON p.id=v.prompt_id WHERE v.id=?1 AND v.organization_id=?2",
                          version, organization);
    if (!found) return found.error();
    if (!found->next()) return found->error() ? found->error() : make_error_code(errc::not_found);
    auto const prompt = found->get<uuid>(0);
    numbered_version known{.number = found->get<std::int64_t>(1), .prompt_name = found->get<std::string>(2)};
    auto const id = number_of(db, organization, numbered::prompt_version, version);
    if (!id) return id.error();
    auto const prompt_id = number_of(db, organization, numbered::prompt, prompt);
    if (!prompt_id) return prompt_id.error();
    known.id = *id;
    known.prompt_id = *prompt_id;
    return known;
}

result<uuid> find_relayed_call(connection& db, organization_id organization, seen_call const& what)
{
    constexpr std::int64_t clocks_differ_us = 5'000'000, most_looked_at = 256;
    // What stands in a row's key says whether the gateway made it.
    return first_value<uuid>(db.query(
        "SELECT request_id FROM (SELECT r.request_id,r.id,r.body_ref,"
        "abs(r.created_us-?4)+abs(r.ended_us-?5) AS distance FROM request AS r"
        " WHERE r.id>=?1 AND r.id<?2 AND r.organization_id=?3 AND r.created_us>=?4-?9 AND r.created_us<=?5+?9"
        " AND ((r.id>>12)&1023)<>?8 AND r.body_ref IS NOT NULL"
        " AND (?7='' OR r.response_model IS NULL OR r.response_model=?7)"
        " AND NOT EXISTS (SELECT 1 FROM tracked_request AS t WHERE t.organization_id=r.organization_id"
        " AND t.request_id=r.request_id AND t.status IS NOT NULL)"
        " ORDER BY distance LIMIT ?10)"
        " WHERE ?6=(SELECT CASE WHEN json_valid(x) THEN coalesce(json_extract(x,'$.id'),json_extract(x,'$.responseId'))"
        " END FROM (SELECT weir_body(body_ref,id,1) AS x)) ORDER BY distance LIMIT 1",
        key_before(what.started_us - clocks_differ_us), key_after(what.ended_us + clocks_differ_us), organization,
        what.started_us, what.ended_us, what.answer_id, what.model, std::int64_t{logged_gateway}, clocks_differ_us,
        most_looked_at));
}

} // namespace weir::storage
