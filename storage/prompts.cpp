#include "storage/prompts.hpp"

#include "storage/collect.hpp"
#include "storage/random.hpp"

namespace weir::storage
{
namespace
{

/// What prompt_in() reads of `prompt AS p`.
#define WEIR_PROMPT_COLUMNS                                                                                            \
    "p.id,p.user_defined_id,p.description,p.pretty_name,coalesce(p.metadata,'{}'),p.created_us,"                       \
    "(SELECT max(v.major_version) FROM prompt_version AS v"                                                            \
    " WHERE v.organization_id=p.organization_id AND v.prompt_id=p.id)"

prompt prompt_in(rows const& row)
{
    return {.id = row.get<uuid>(0),
            .user_defined_id = row.get<std::string>(1),
            .description = row.get<std::optional<std::string>>(2),
            .pretty_name = row.get<std::optional<std::string>>(3),
            .metadata = row.get<std::string>(4),
            .created_us = row.get<std::int64_t>(5),
            .major_version = row.get<std::int64_t>(6)};
}

} // namespace

result<std::vector<prompt>> query_prompts(connection& db, organization_id organization, filter const& what,
                                          std::int64_t most)
{
    sql text("SELECT " WEIR_PROMPT_COLUMNS " FROM prompt AS p WHERE p.organization_id=");
    text.bind(static_cast<std::int64_t>(organization))
        << " AND p.deleted_us IS NULL AND json_type(p.metadata,'$.promptFromRequest') IS NOT 'true'"
           " AND json_type(p.metadata,'$.emptyPrompt') IS NOT 'true' AND ";
    append_filter(what, text);
    text.with(" ORDER BY p.created_us DESC,p.id DESC LIMIT ?", most);
    return collect(db.query(text), prompt_in);
}

result<prompt_overview> find_prompt(connection& db, organization_id organization, uuid const& id,
                                    std::int64_t most_versions)
{
    auto found = db.query(
        "SELECT " WEIR_PROMPT_COLUMNS ",l.id,coalesce(l.model,''),"
        "(SELECT max(i.created_us) FROM prompt_input AS i WHERE i.prompt_version_id=l.id) "
        "FROM prompt AS p JOIN prompt_version AS l ON l.organization_id=p.organization_id AND l.prompt_id=p.id "
        "WHERE p.organization_id=?1 AND p.id=?2 AND p.deleted_us IS NULL "
        "ORDER BY l.major_version DESC,l.minor_version DESC LIMIT 1",
        organization, id);
    if (!found) return found.error();
    if (!found->next()) return found->error() ? found->error() : make_error_code(errc::not_found);
    prompt_overview one{prompt_in(*found),
                        found->get<uuid>(7),
                        found->get<std::string>(8),
                        found->get<std::optional<std::int64_t>>(9),
                        {}};
    auto versions = collect_column<uuid>(
        db.query("SELECT id FROM prompt_version WHERE organization_id=?1 AND prompt_id=?2 AND deleted_us IS NULL "
                 "ORDER BY created_us DESC,major_version DESC,minor_version DESC LIMIT ?3",
                 organization, id, most_versions));
    if (!versions) return versions.error();
    one.versions = std::move(*versions);
    return one;
}

result<void> check_prompt(connection& db, organization_id organization, uuid const& id)
{
    auto const found = first_value<int>(
        db.query("SELECT 1 FROM prompt WHERE organization_id=?1 AND id=?2 AND deleted_us IS NULL", organization, id));
    if (!found) return found.error();
    return {};
}

result<created_prompt> create_prompt(connection& db, organization_id organization, new_prompt const& wish,
                                     std::int64_t now_us)
{
    auto const id = random_uuid();
    if (!id) return id.error();
    auto const done = db.execute("INSERT INTO prompt (id,organization_id,user_defined_id,metadata,created_us) "
                                 "VALUES (?1,?2,?3,json_set(?4,'$.createdFromUi',json('true')),?5)",
                                 *id, organization, wish.user_defined_id, wish.metadata, now_us);
    if (!done) return done.error();
    new_prompt_version const first{.prompt = *id,
                                   .major = 1,
                                   .metadata = production_metadata(wish.provider),
                                   .created_us = wish.version_created_us.value_or(now_us),
                                   .updated_us = now_us};
    auto const version = add_version(db, organization, first, wish.what);
    if (!version) return version.error();
    return created_prompt{*id, *version};
}

result<void> rename_prompt(connection& db, organization_id organization, uuid const& id, std::string_view name)
{
    auto const done = db.execute("UPDATE prompt SET user_defined_id=?3 "
                                 "WHERE organization_id=?1 AND id=?2 AND deleted_us IS NULL",
                                 organization, id, name);
    return changed_one(db, done);
}

result<void> delete_prompt(connection& db, organization_id organization, uuid const& id, std::int64_t now_us)
{
    auto const done = db.execute("UPDATE prompt SET deleted_us=?3,user_defined_id=user_defined_id||'_deleted_'||?4 "
                                 "WHERE organization_id=?1 AND id=?2 AND deleted_us IS NULL",
                                 organization, id, now_us, id.text());
    return changed_one(db, done);
}

result<std::vector<prompt_experiment>> list_prompt_experiments(connection& db, organization_id organization,
                                                               uuid const& prompt, std::int64_t most)
{
    if (auto const known = check_prompt(db, organization, prompt); !known) return known.error();
    return collect(db.query("SELECT e.id,e.dataset_id,e.metadata,e.created_us,"
                            "(SELECT count(*) FROM hypothesis AS h WHERE h.experiment_id=e.id) "
                            "FROM experiment AS e WHERE e.organization_id=?1 AND e.metadata->>'prompt_id'=?2 "
                            "ORDER BY e.created_us DESC,e.id DESC LIMIT ?3",
                            organization, prompt.text(), most),
                   [](rows const& row) {
                       return prompt_experiment{.id = row.get<uuid>(0),
                                                .dataset = row.get<std::optional<uuid>>(1),
                                                .metadata = row.get<std::string>(2),
                                                .created_us = row.get<std::int64_t>(3),
                                                .hypotheses = row.get<std::int64_t>(4)};
                   });
}

} // namespace weir::storage
