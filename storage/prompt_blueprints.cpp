#include "storage/prompt_blueprints.hpp"

#include "storage/call_filter.hpp"
#include "storage/collect.hpp"
#include "storage/numbers.hpp"
#include "storage/random.hpp"

#include <charconv>

namespace weir::storage
{
namespace
{

/// What blueprint_in() reads of `prompt AS p`, `prompt_version AS v` and what is joined to them.
#define WEIR_BLUEPRINT_COLUMNS                                                                                         \
    "v.prompt_id,v.id,pn.number,vn.number,p.user_defined_id,p.deleted_us IS NOT NULL,v.number,"                        \
    "coalesce(v.template,'null'),b.blueprint,coalesce(v.metadata->>'provider',''),b.metadata,b.commit_message,"        \
    "v.created_us"
#define WEIR_BLUEPRINT_JOINS                                                                                           \
    " LEFT JOIN prompt_blueprint AS b ON b.prompt_version_id=v.id"                                                     \
    " LEFT JOIN number AS pn ON pn.organization_id=v.organization_id AND pn.kind='prompt' AND pn.thing=v.prompt_id"    \
    " LEFT JOIN number AS vn ON vn.organization_id=v.organization_id AND vn.kind='prompt_version' AND vn.thing=v.id"

blueprint_version blueprint_in(rows const& row)
{
    return {.prompt = row.get<uuid>(0),
            .id = row.get<uuid>(1),
            .prompt_number = row.get<std::optional<std::int64_t>>(2),
            .id_number = row.get<std::optional<std::int64_t>>(3),
            .prompt_name = row.get<std::string>(4),
            .is_prompt_deleted = row.get<bool>(5),
            .number = row.get<std::int64_t>(6),
            .content = row.get<std::string>(7),
            .provider = row.get<std::string>(9),
            .blueprint = row.get<std::optional<std::string>>(8),
            .metadata = row.get<std::optional<std::string>>(10),
            .commit_message = row.get<std::optional<std::string>>(11),
            .created_us = row.get<std::int64_t>(12)};
}

result<blueprint_version> first_blueprint(result<rows> found)
{
    if (!found) return found.error();
    if (!found->next()) return found->error() ? found->error() : make_error_code(errc::not_found);
    return blueprint_in(*found);
}

result<uuid> prompt_for(connection& db, organization_id organization, std::string const& name, std::int64_t now_us)
{
    auto const known = first_value<uuid>(db.query("SELECT id FROM prompt WHERE organization_id=?1 "
                                                  "AND user_defined_id=?2 AND deleted_us IS NULL",
                                                  organization, name));
    if (known || known.error() != errc::not_found) return known;
    auto const id = random_uuid();
    if (!id) return id.error();
    auto const done = db.execute("INSERT INTO prompt (id,organization_id,user_defined_id,metadata,created_us) "
                                 R"(VALUES (?1,?2,?3,'{"createdFromUi":true}',?4))",
                                 *id, organization, name, now_us);
    if (!done) return done.error();
    return *id;
}

} // namespace

result<uuid> find_prompt_named(connection& db, organization_id organization, std::string_view identifier)
{
    auto const named = first_value<uuid>(db.query("SELECT id FROM prompt WHERE organization_id=?1 "
                                                  "AND user_defined_id=?2 AND deleted_us IS NULL",
                                                  organization, identifier));
    if (named || named.error() != errc::not_found) return named;
    std::int64_t number = 0;
    auto const read = std::from_chars(identifier.data(), identifier.data() + identifier.size(), number);
    if (read.ec != std::errc() || read.ptr != identifier.data() + identifier.size())
        return make_error_code(errc::not_found);
    auto const numbered_prompt = numbered_thing(db, organization, numbered::prompt, number);
    if (!numbered_prompt) return numbered_prompt;
    return first_value<uuid>(db.query("SELECT id FROM prompt WHERE organization_id=?1 AND id=?2 AND deleted_us IS NULL",
                                      organization, *numbered_prompt));
}

result<blueprint_version> find_blueprint(connection& db, organization_id organization, uuid const& prompt,
                                         version_choice const& which)
{
    static constexpr std::string_view text =
        "SELECT " WEIR_BLUEPRINT_COLUMNS
        " FROM prompt_version AS v JOIN prompt AS p ON p.id=v.prompt_id AND p.deleted_us IS NULL" WEIR_BLUEPRINT_JOINS
        " WHERE v.organization_id=?1 AND v.prompt_id=?2 AND v.number IS NOT NULL AND v.deleted_us IS NULL"
        " AND (?3 IS NULL OR v.number=?3) AND (?4 IS NULL OR v.id IN"
        " (SELECT l.prompt_version_id FROM prompt_label AS l WHERE l.prompt_id=?2 AND l.name=?4))"
        " ORDER BY v.number DESC LIMIT 1";
    return first_blueprint(db.query(text, organization, prompt, which.number, which.label));
}

result<void> give_numbers(connection& db, organization_id organization, blueprint_version& to)
{
    auto const prompt = number_of(db, organization, numbered::prompt, to.prompt);
    if (!prompt) return prompt.error();
    auto const version = number_of(db, organization, numbered::prompt_version, to.id);
    if (!version) return version.error();
    to.prompt_number = *prompt;
    to.id_number = *version;
    return {};
}

result<blueprint_version> publish_blueprint(connection& db, organization_id organization, new_blueprint const& wish,
                                            std::int64_t now_us)
{
    auto const prompt = prompt_for(db, organization, wish.prompt_name, now_us);
    if (!prompt) return prompt.error();
    auto const major = first_value<std::int64_t>(db.query(
        "SELECT coalesce(max(major_version)+1,1) FROM prompt_version WHERE organization_id=?1 AND prompt_id=?2",
        organization, *prompt));
    if (!major) return major.error();
    auto const retired =
        db.execute("UPDATE prompt_version SET metadata=json_remove(metadata,'$.isProduction') WHERE organization_id=?1 "
                   "AND prompt_id=?2 AND experiment_id IS NULL AND json_type(metadata,'$.isProduction')='true'",
                   organization, *prompt);
    if (!retired) return retired.error();
    new_prompt_version const made{.prompt = *prompt,
                                  .major = *major,
                                  .metadata = production_metadata(wish.provider),
                                  .created_us = now_us,
                                  .updated_us = now_us};
    auto const id = add_version(db, organization, made, wish.what);
    if (!id) return id.error();
    auto const kept = db.execute("INSERT INTO prompt_blueprint (prompt_version_id,blueprint,metadata,commit_message) "
                                 "VALUES (?1,?2,?3,?4)",
                                 *id, wish.blueprint, wish.metadata, wish.commit_message);
    if (!kept) return kept.error();
    auto published = find_blueprint(db, organization, *prompt, {});
    if (!published) return published;
    if (auto const done = give_numbers(db, organization, *published); !done) return done.error();
    return published;
}

namespace
{

/// Of the version that is shown of `prompt AS p`.
void append_shown_version(prompt_listing_query const& query, sql& text)
{
    if (query.label) {
        text.with(" JOIN prompt_label AS l ON l.prompt_id=p.id AND l.name=?", *query.label);
        text << " JOIN prompt_version AS v ON v.id=l.prompt_version_id AND v.deleted_us IS NULL";
        return;
    }
    text << " JOIN prompt_version AS v ON v.prompt_id=p.id AND v.deleted_us IS NULL AND v.number=(SELECT max(n.number)"
            " FROM prompt_version AS n WHERE n.prompt_id=p.id AND n.deleted_us IS NULL)";
}

constexpr std::string_view updated =
    "(SELECT max(u.created_us) FROM prompt_version AS u WHERE u.prompt_id=p.id AND u.number IS NOT NULL)";

void append_listed(organization_id organization, prompt_listing_query const& query, sql& text)
{
    text << " FROM prompt AS p";
    append_shown_version(query, text);
    text << WEIR_BLUEPRINT_JOINS " WHERE p.organization_id=";
    text.bind(static_cast<std::int64_t>(organization));
    text << " AND json_type(p.metadata,'$.promptFromRequest') IS NOT 'true'"
            " AND json_type(p.metadata,'$.emptyPrompt') IS NOT 'true'";
    if (query.wanted == prompt_listing_query::status::active) text << " AND p.deleted_us IS NULL";
    if (query.wanted == prompt_listing_query::status::deleted) text << " AND p.deleted_us IS NOT NULL";
    if (query.name_part)
        text.with(" AND weir_like(p.user_defined_id,?,1)", '%' + literal_pattern(*query.name_part) + '%');
    for (auto const& tag : query.tags)
        text.with(" AND EXISTS (SELECT 1 FROM prompt_tag AS t WHERE t.prompt_id=p.id AND t.tag=?)", tag);
    if (query.is_snippet)
        text.with(" AND (coalesce(b.blueprint->>'type','chat')='completion')=?",
                  std::int64_t{*query.is_snippet ? 1 : 0});
    append_change_times(query.when, "p.created_us", updated, text);
    if (query.external_id) {
        text.with(" AND EXISTS (SELECT 1 FROM external_id AS e WHERE e.organization_id=p.organization_id"
                  " AND e.kind='prompt' AND e.thing=pn.number AND e.source=?",
                  query.external_id->first);
        text.with(" AND e.external_id=?)", query.external_id->second);
    }
}

std::string_view column_of(prompt_listing_query::order by)
{
    switch (by) {
    case prompt_listing_query::order::updated: return "15";
    case prompt_listing_query::order::name: return "p.user_defined_id COLLATE NOCASE";
    case prompt_listing_query::order::number: return "pn.number";
    case prompt_listing_query::order::created: break;
    }
    return "p.created_us";
}

} // namespace

result<prompt_listing_page> list_blueprints(connection& db, organization_id organization,
                                            prompt_listing_query const& query, std::size_t most_bytes)
{
    sql count("SELECT count(*)");
    append_listed(organization, query, count);
    auto const total = first_value<std::int64_t>(db.query(count));
    if (!total) return total.error();

    sql text("SELECT " WEIR_BLUEPRINT_COLUMNS ",p.created_us,");
    text << updated;
    append_listed(organization, query, text);
    text << " ORDER BY " << column_of(query.by) << (query.is_descending ? " DESC" : "") << ",p.id"
         << (query.is_descending ? " DESC" : "");
    text.with(" LIMIT ?", query.most).with(" OFFSET ?", query.offset);
    auto found = db.query(text);
    if (!found) return found.error();
    prompt_listing_page page{{}, *total};
    std::size_t bytes = 0;
    while (found->next()) {
        auto const& version = page.items
                                  .emplace_back(prompt_listing{blueprint_in(*found), found->get<std::int64_t>(13),
                                                               found->get<std::int64_t>(14)})
                                  .version;
        bytes += version.content.size() + (version.blueprint ? version.blueprint->size() : 0);
        if (bytes > most_bytes) return make_error_code(errc::too_large);
    }
    if (found->error()) return found->error();
    return page;
}

result<std::vector<std::string>> prompt_tags(connection& db, uuid const& prompt)
{
    return collect_column<std::string>(db.query("SELECT tag FROM prompt_tag WHERE prompt_id=?1 ORDER BY tag", prompt));
}

result<void> set_prompt_tags(connection& db, uuid const& prompt, std::vector<std::string> const& tags)
{
    auto const cleared = db.execute("DELETE FROM prompt_tag WHERE prompt_id=?1", prompt);
    if (!cleared) return cleared;
    for (auto const& tag : tags) {
        auto const done = db.execute("INSERT OR IGNORE INTO prompt_tag (prompt_id,tag) VALUES (?1,?2)", prompt, tag);
        if (!done) return done;
    }
    return {};
}

} // namespace weir::storage
