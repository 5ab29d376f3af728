#include "storage/prompt_versions.hpp"

#include "net/sha256.hpp"
#include "net/text.hpp"
#include "prompts/template.hpp"
#include "storage/collect.hpp"
#include "storage/random.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cctype>

namespace weir::storage
{
namespace
{

/// What version_in() reads of `prompt_version AS v`.
#define WEIR_PROMPT_VERSION_COLUMNS                                                                                    \
    "v.id,v.prompt_id,v.major_version,v.minor_version,coalesce(v.template,'null'),coalesce(v.model,''),"               \
    "coalesce(v.metadata,'{}'),v.experiment_id,v.parent_version_id,v.created_us,v.updated_us,v.deleted_us IS NOT NULL"
#define WEIR_SELECT_VERSION "SELECT " WEIR_PROMPT_VERSION_COLUMNS " FROM prompt_version AS v "
#define WEIR_IN_PRODUCTION "json_type(v.metadata,'$.isProduction')='true'"

prompt_version version_in(rows const& row)
{
    return {.id = row.get<uuid>(0),
            .prompt = row.get<uuid>(1),
            .major = row.get<std::int64_t>(2),
            .minor = row.get<std::int64_t>(3),
            .content = row.get<std::string>(4),
            .model = row.get<std::string>(5),
            .metadata = row.get<std::string>(6),
            .experiment = row.get<std::optional<uuid>>(7),
            .parent = row.get<std::optional<uuid>>(8),
            .created_us = row.get<std::int64_t>(9),
            .updated_us = row.get<std::int64_t>(10),
            .is_deleted = row.get<bool>(11)};
}

/// All of them; errc::too_large when their templates are more than so many bytes.
result<std::vector<prompt_version>> read_versions(result<rows> found, std::size_t most_bytes)
{
    if (!found) return found.error();
    std::vector<prompt_version> all;
    std::size_t bytes = 0;
    while (found->next()) {
        all.push_back(version_in(*found));
        bytes += all.back().content.size();
        if (bytes > most_bytes) return make_error_code(errc::too_large);
    }
    if (found->error()) return found->error();
    return all;
}

result<prompt_version> first_version(result<rows> found)
{
    if (!found) return found.error();
    if (!found->next()) return found->error() ? found->error() : make_error_code(errc::not_found);
    return version_in(*found);
}

std::optional<blob> fingerprint_of(prompt_template const& what)
{
    return what.fingerprint ? std::optional(blob{*what.fingerprint}) : std::nullopt;
}

/// The next free minor number; deleted versions keep theirs.
result<std::int64_t> next_minor(connection& db, organization_id organization, uuid const& prompt, std::int64_t major)
{
    return first_value<std::int64_t>(db.query("SELECT coalesce(max(minor_version)+1,0) FROM prompt_version "
                                              "WHERE organization_id=?1 AND prompt_id=?2 AND major_version=?3",
                                              organization, prompt, major));
}

} // namespace

prompt_template template_of(boost::json::value const& content)
{
    prompt_template made;
    made.content = boost::json::serialize(content);
    if (auto const essence = prompts::essence(content)) made.fingerprint = prompt_fingerprint(*essence);
    made.model = net::clean_text(prompts::model_of(content));
    return made;
}

std::string prompt_fingerprint(std::string_view essence)
{
    auto const digest = net::sha256(essence);
    return {reinterpret_cast<char const*>(digest.data()), digest.size()};
}

std::string production_metadata(std::string_view provider)
{
    std::string name(provider);
    for (auto& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return boost::json::serialize(boost::json::object{{"isProduction", true}, {"provider", name}});
}

result<uuid> add_version(connection& db, organization_id organization, new_prompt_version const& version,
                         prompt_template const& what)
{
    auto const id = random_uuid();
    if (!id) return id.error();
    auto const done = db.execute(
        "INSERT INTO prompt_version (id,organization_id,prompt_id,major_version,minor_version,template,model,metadata,"
        "fingerprint,experiment_id,parent_version_id,created_us,updated_us) "
        "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)",
        *id, organization, version.prompt, version.major, version.minor, what.content, what.model, version.metadata,
        fingerprint_of(what), version.experiment, version.parent, version.created_us, version.updated_us);
    if (!done) return done.error();
    if (auto const kept = add_input_keys(db, *id, what.input_keys, version.created_us); !kept) return kept.error();
    return *id;
}

result<void> add_input_keys(connection& db, uuid const& version, std::vector<std::string> const& keys,
                            std::int64_t now_us)
{
    for (auto const& key : keys) {
        auto const done = db.execute("INSERT OR IGNORE INTO prompt_input_key (prompt_version_id,key,created_us) "
                                     "VALUES (?1,?2,?3)",
                                     version, key, now_us);
        if (!done) return done;
    }
    return {};
}

result<void> require_any_version(connection& db, organization_id organization, uuid const& id)
{
    auto const found =
        first_value<int>(db.query("SELECT 1 FROM prompt_version WHERE organization_id=?1 AND id=?2", organization, id));
    if (!found) return found.error();
    return {};
}

result<prompt_version> find_version(connection& db, organization_id organization, uuid const& id)
{
    return first_version(db.query(WEIR_SELECT_VERSION "WHERE v.organization_id=?1 AND v.id=?2 AND v.deleted_us IS NULL",
                                  organization, id));
}

result<prompt_template> find_template(connection& db, organization_id organization, uuid const& id)
{
    auto found = db.query("SELECT coalesce(template,'null'),fingerprint,coalesce(model,'') FROM prompt_version "
                          "WHERE organization_id=?1 AND id=?2 AND deleted_us IS NULL",
                          organization, id);
    if (!found) return found.error();
    if (!found->next()) return found->error() ? found->error() : make_error_code(errc::not_found);
    prompt_template what{.content = found->get<std::string>(0),
                         .fingerprint = found->get<std::optional<std::string>>(1),
                         .model = found->get<std::string>(2),
                         .input_keys = {}};
    auto keys = collect_column<std::string>(
        db.query("SELECT key FROM prompt_input_key WHERE prompt_version_id=?1 ORDER BY created_us,key", id));
    if (!keys) return keys.error();
    what.input_keys = std::move(*keys);
    return what;
}

result<std::vector<prompt_version>> query_versions(connection& db, organization_id organization, uuid const& prompt,
                                                   version_query const& query)
{
    sql text(WEIR_SELECT_VERSION "WHERE v.organization_id=");
    text.bind(static_cast<std::int64_t>(organization)).with(" AND v.prompt_id=? AND v.deleted_us IS NULL AND ", prompt);
    if (!query.with_assigned) text << "json_type(v.metadata,'$.experimentAssigned') IS NOT 'true' AND ";
    append_filter(query.what, text);
    text.with(" ORDER BY v.created_us DESC,v.major_version DESC,v.minor_version DESC LIMIT ?", query.most);
    auto all = read_versions(db.query(text), query.most_bytes);
    if (all) std::reverse(all->begin(), all->end());
    return all;
}

result<std::vector<prompt_version>> list_experiment_versions(connection& db, organization_id organization,
                                                             uuid const& experiment, std::int64_t most,
                                                             std::size_t most_bytes)
{
    return read_versions(db.query(WEIR_SELECT_VERSION "WHERE v.experiment_id=?2 AND v.organization_id=?1 "
                                                      "ORDER BY v.minor_version,v.major_version,v.id LIMIT ?3",
                                  organization, experiment, most),
                         most_bytes);
}

result<prompt_version> find_production_version(connection& db, organization_id organization,
                                               std::string_view user_defined_id, filter const& what)
{
    sql text("SELECT " WEIR_PROMPT_VERSION_COLUMNS " FROM prompt AS p JOIN prompt_version AS v"
             " ON v.organization_id=p.organization_id AND v.prompt_id=p.id WHERE p.organization_id=");
    text.bind(static_cast<std::int64_t>(organization)).with(" AND p.user_defined_id=?", std::string(user_defined_id));
    text << " AND p.deleted_us IS NULL AND v.deleted_us IS NULL AND " WEIR_IN_PRODUCTION " AND ";
    append_filter(what, text);
    text << " ORDER BY v.major_version DESC,v.minor_version DESC LIMIT 1";
    return first_version(db.query(text));
}

result<prompt_version> add_subversion(connection& db, organization_id organization, uuid const& parent,
                                      subversion const& how, prompt_template const& what, std::int64_t now_us)
{
    auto const from = find_version(db, organization, parent);
    if (!from) return from.error();
    new_prompt_version made{.prompt = from->prompt,
                            .major = from->major,
                            .metadata = how.metadata,
                            .experiment = how.experiment,
                            .parent = parent,
                            .created_us = now_us,
                            .updated_us = how.experiment ? from->created_us : now_us};
    if (how.is_major) {
        made.major = from->major + 1;
    } else {
        if (how.numbered_as) {
            auto const like = find_version(db, organization, *how.numbered_as);
            if (!like) return like.error();
            if (like->prompt != from->prompt) return make_error_code(errc::not_found);
            made.major = like->major;
        }
        auto const minor = next_minor(db, organization, made.prompt, made.major);
        if (!minor) return minor.error();
        made.minor = *minor;
    }
    auto const id = add_version(db, organization, made, what);
    if (!id) return id.error();
    return find_version(db, organization, *id);
}

result<prompt_version> promote_version(connection& db, organization_id organization, uuid const& id,
                                       uuid const& previous)
{
    auto const retired =
        db.execute("UPDATE prompt_version AS v SET metadata=json_remove(v.metadata,'$.isProduction') "
                   "WHERE v.organization_id=?1 AND v.id=?2 AND v.deleted_us IS NULL AND v.prompt_id="
                   "(SELECT o.prompt_id FROM prompt_version AS o WHERE o.organization_id=?1 AND o.id=?3)",
                   organization, previous, id);
    if (auto const done = changed_one(db, retired); !done) return done.error();
    auto const promoted =
        db.execute("UPDATE prompt_version SET metadata=json_set(coalesce(metadata,'{}'),'$.isProduction',json('true')) "
                   "WHERE organization_id=?1 AND id=?2 AND deleted_us IS NULL",
                   organization, id);
    if (auto const done = changed_one(db, promoted); !done) return done.error();
    return find_version(db, organization, id);
}

result<void> edit_template(connection& db, organization_id organization, uuid const& id, prompt_template const& what,
                           std::int64_t now_us)
{
    auto const done = db.execute("UPDATE prompt_version SET template=?3,fingerprint=?4,updated_us=?5 "
                                 "WHERE organization_id=?1 AND id=?2 AND deleted_us IS NULL",
                                 organization, id, what.content, fingerprint_of(what), now_us);
    if (auto const one = changed_one(db, done); !one) return one;
    return db.execute("DELETE FROM prompt_blueprint WHERE prompt_version_id=?1", id); // it says what was there before
}

result<std::string> edit_label(connection& db, organization_id organization, uuid const& id, std::string_view label)
{
    return first_value<std::string>(
        db.query("UPDATE prompt_version SET metadata=json_set(coalesce(metadata,'{}'),'$.label',?3) "
                 "WHERE organization_id=?1 AND id=?2 AND deleted_us IS NULL RETURNING metadata",
                 organization, id, label));
}

result<void> delete_version(connection& db, organization_id organization, uuid const& id, std::int64_t now_us)
{
    auto const is_in_production =
        first_value<int>(db.query("SELECT coalesce(" WEIR_IN_PRODUCTION ",0) FROM prompt_version AS v "
                                  "WHERE v.organization_id=?1 AND v.id=?2 AND v.deleted_us IS NULL",
                                  organization, id));
    if (!is_in_production) return is_in_production.error();
    if (*is_in_production != 0) return make_error_code(errc::conflict);
    return db.execute("UPDATE prompt_version SET deleted_us=?3 WHERE organization_id=?1 AND id=?2", organization, id,
                      now_us);
}

} // namespace weir::storage
