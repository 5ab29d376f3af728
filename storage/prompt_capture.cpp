#include "storage/prompt_capture.hpp"

#include "storage/collect.hpp"
#include "storage/random.hpp"
#include "storage/request_record.hpp"

#include <algorithm>
#include <cctype>

namespace weir::storage
{
namespace
{

struct known_prompt {
    uuid id;
    bool made_by_hand = false;
};

struct known_version {
    uuid id;
    std::int64_t major = 0;
    std::optional<std::string> fingerprint;
    std::int64_t created_us = 0;
};

result<std::optional<known_prompt>> find_prompt(connection& db, request_record const& call)
{
    auto found = collect(db.query("SELECT id,coalesce(metadata ->> 'createdFromUi',0) FROM prompt "
                                  "WHERE organization_id=?1 AND user_defined_id=?2",
                                  call.organization, call.prompt_id),
                         [](rows const& row) {
                             return known_prompt{row.get<uuid>(0), row.get<bool>(1)};
                         });
    if (!found) return found.error();
    if (found->empty()) return std::optional<known_prompt>();
    return std::optional(found->front());
}

result<known_prompt> add_prompt(connection& db, request_record const& call)
{
    auto const id = random_uuid();
    if (!id) return id.error();
    auto const done = db.execute("INSERT INTO prompt (id,organization_id,user_defined_id,metadata,created_us) "
                                 R"(VALUES (?1,?2,?3,'{"createdFromUi":false}',?4))",
                                 *id, call.organization, call.prompt_id, call.created_us);
    if (!done) return done.error();
    return known_prompt{*id, false};
}

result<std::optional<known_version>> find_latest(connection& db, organization_id organization, uuid const& prompt)
{
    auto found = collect(db.query("SELECT id,major_version,fingerprint,created_us FROM prompt_version "
                                  "WHERE organization_id=?1 AND prompt_id=?2 "
                                  "ORDER BY major_version DESC,minor_version DESC LIMIT 1",
                                  organization, prompt),
                         [](rows const& row) {
                             return known_version{row.get<uuid>(0), row.get<std::int64_t>(1),
                                                  row.get<std::optional<std::string>>(2), row.get<std::int64_t>(3)};
                         });
    if (!found) return found.error();
    if (found->empty()) return std::optional<known_version>();
    return std::optional(found->front());
}

/// Provider names stand in a version's metadata as Helicone writes them.
std::string upper(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

result<uuid> add_version(connection& db, request_record const& call, uuid const& prompt, std::int64_t major)
{
    new_prompt_version const made{.prompt = prompt,
                                  .major = major,
                                  .metadata = production_metadata(upper(call.provider)),
                                  .created_us = call.created_us,
                                  .updated_us = call.created_us};
    return add_version(db, call.organization, made, *call.prompt);
}

/// The version whose inputs the call has: the newest, or the one that the call makes. None when there is none and the
/// call can make none.
result<std::optional<uuid>> version_of(connection& db, request_record const& call)
{
    auto known = find_prompt(db, call);
    if (!known) return known.error();
    bool const makes_versions = call.prompt->fingerprint.has_value();
    if (!*known && !makes_versions) return std::optional<uuid>();
    if (!*known) {
        auto added = add_prompt(db, call);
        if (!added) return added.error();
        *known = *added;
    }
    auto const latest = find_latest(db, call.organization, (*known)->id);
    if (!latest) return latest.error();
    if (*latest) {
        auto const& version = **latest;
        bool const is_new = makes_versions && !(*known)->made_by_hand &&
                            version.fingerprint != call.prompt->fingerprint && call.created_us >= version.created_us;
        if (!is_new) return std::optional(version.id);
        auto const done = db.execute(
            "UPDATE prompt_version SET metadata=json_remove(metadata,'$.isProduction') WHERE id=?1", version.id);
        if (!done) return done.error();
    } else if (!makes_versions) {
        return std::optional<uuid>();
    }
    auto const added = add_version(db, call, (*known)->id, *latest ? (*latest)->major + 1 : 0);
    if (!added) return added.error();
    return std::optional(*added);
}

} // namespace

result<void> record_prompt(connection& db, request_record const& call)
{
    auto const& taken = *call.prompt;
    auto const version = version_of(db, call);
    if (!version) return version.error();
    if (!*version || taken.input_keys.empty()) return {};
    if (auto const kept = add_input_keys(db, **version, taken.input_keys, call.created_us); !kept) return kept;
    auto const id = random_uuid();
    if (!id) return id.error();
    return db.execute("INSERT INTO prompt_input (id,organization_id,prompt_version_id,inputs,auto_inputs,"
                      "source_request_id,source_row_id,created_us) VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
                      *id, call.organization, **version, taken.inputs, taken.auto_inputs, call.request_id, call.id,
                      call.created_us);
}

} // namespace weir::storage
