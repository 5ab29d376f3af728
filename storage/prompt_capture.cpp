#include "storage/prompt_capture.hpp"

#include "storage/collect.hpp"
#include "storage/random.hpp"
#include "storage/request_record.hpp"

namespace weir::storage
{
namespace
{

struct found_prompt {
    uuid id;
    bool made_by_hand = false;
};

struct known_version {
    uuid id;
    std::int64_t major = 0;
    std::optional<std::string> fingerprint;
    std::int64_t created_us = 0;
};

result<std::optional<found_prompt>> find_prompt(connection& db, request_record const& call)
{
    auto found = collect(db.query("SELECT id,coalesce(metadata ->> 'createdFromUi',0) FROM prompt "
                                  "WHERE organization_id=?1 AND user_defined_id=?2",
                                  call.organization, call.prompt_id),
                         [](rows const& row) {
                             return found_prompt{row.get<uuid>(0), row.get<bool>(1)};
                         });
    if (!found) return found.error();
    if (found->empty()) return std::optional<found_prompt>();
    return std::optional(found->front());
}

result<found_prompt> add_prompt(connection& db, request_record const& call)
{
    auto const id = random_uuid();
    if (!id) return id.error();
    auto const done = db.execute("INSERT INTO prompt (id,organization_id,user_defined_id,metadata,created_us) "
                                 R"(VALUES (?1,?2,?3,'{"createdFromUi":false}',?4))",
                                 *id, call.organization, call.prompt_id, call.created_us);
    if (!done) return done.error();
    return found_prompt{*id, false};
}

/// Traffic is not compared with the columns of experiments; their numbers are taken all the same.
result<std::optional<known_version>> find_latest(connection& db, organization_id organization, uuid const& prompt)
{
    auto found = collect(db.query("SELECT id,(SELECT max(major_version) FROM prompt_version WHERE organization_id=?1 "
                                  "AND prompt_id=?2),fingerprint,created_us FROM prompt_version "
                                  "WHERE organization_id=?1 AND prompt_id=?2 AND experiment_id IS NULL "
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

result<uuid> add_version(connection& db, request_record const& call, uuid const& prompt, std::int64_t major)
{
    new_prompt_version const made{.prompt = prompt,
                                  .major = major,
                                  .metadata = production_metadata(call.provider),
                                  .created_us = call.created_us,
                                  .updated_us = call.created_us};
    return add_version(db, call.organization, made, *call.prompt);
}

} // namespace

/// A prompt that calls name: without an id where there is none, without a latest version where it has none.
struct prompt_writer::known_prompt {
    std::optional<found_prompt> is;
    std::optional<known_version> latest;
};

prompt_writer::prompt_writer(connection& db)
    : db_(db)
{
}

prompt_writer::~prompt_writer() = default;

result<prompt_writer::known_prompt*> prompt_writer::find(request_record const& call)
{
    auto const [at, is_new] = known_.try_emplace({call.organization, call.prompt_id});
    auto& known = at->second;
    if (!is_new) return &known;
    auto is = find_prompt(db_, call);
    if (!is) return is.error();
    known.is = *is;
    if (!known.is) return &known;
    auto latest = find_latest(db_, call.organization, known.is->id);
    if (!latest) return latest.error();
    known.latest = std::move(*latest);
    return &known;
}

/// The version whose inputs the call has: the newest, or the one that the call makes. None when there is none and the
/// call can make none.
result<std::optional<uuid>> prompt_writer::version_of(request_record const& call)
{
    auto const found = find(call);
    if (!found) return found.error();
    auto& known = **found;
    bool const makes_versions = call.prompt->fingerprint.has_value();
    if (known.latest) {
        auto const& version = *known.latest;
        bool const is_new = makes_versions && !known.is->made_by_hand &&
                            version.fingerprint != call.prompt->fingerprint && call.created_us >= version.created_us;
        if (!is_new) return std::optional(version.id);
        auto const done = db_.execute(
            "UPDATE prompt_version SET metadata=json_remove(metadata,'$.isProduction') WHERE id=?1", version.id);
        if (!done) return done.error();
    } else if (!makes_versions) {
        return std::optional<uuid>();
    }
    if (!known.is) {
        auto const added = add_prompt(db_, call);
        if (!added) return added.error();
        known.is = *added;
    }
    auto const major = known.latest ? known.latest->major + 1 : 0;
    auto const added = add_version(db_, call, known.is->id, major);
    if (!added) return added.error();
    known.latest = known_version{*added, major, call.prompt->fingerprint, call.created_us};
    return std::optional(*added);
}

result<void> prompt_writer::add(request_record const& call)
{
    auto const& taken = *call.prompt;
    auto const version = version_of(call);
    if (!version) return version.error();
    if (!*version || taken.input_keys.empty()) return {};
    if (auto const kept = add_input_keys(db_, **version, taken.input_keys, call.created_us); !kept) return kept;
    auto const id = random_uuid();
    if (!id) return id.error();
    return db_.execute("INSERT INTO prompt_input (id,organization_id,prompt_version_id,inputs,auto_inputs,"
                       "source_request_id,source_row_id,created_us) VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
                       *id, call.organization, **version, taken.inputs, taken.auto_inputs, call.request_id, call.id,
                       call.created_us);
}

} // namespace weir::storage
