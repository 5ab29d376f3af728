#include "storage/experiments_v2.hpp"

#include "storage/collect.hpp"
#include "storage/json_text.hpp"
#include "storage/prompt_versions.hpp"
#include "storage/random.hpp"

#include <algorithm>

namespace weir::storage
{
namespace
{

#define WEIR_SELECT_EXPERIMENT_V2                                                                                      \
    "SELECT id,name,original_version_id,copied_version_id,input_keys,created_us,deleted_us IS NOT NULL "               \
    "FROM experiment_v2 WHERE organization_id=?1"

experiment_v2 experiment_v2_in(rows const& row)
{
    return {.id = row.get<uuid>(0),
            .name = row.get<std::string>(1),
            .original_version = row.get<uuid>(2),
            .copied_version = row.get<std::optional<uuid>>(3),
            .input_keys = texts_of_json(row.get<std::string>(4)),
            .created_us = row.get<std::int64_t>(5),
            .is_deleted = row.get<bool>(6)};
}

} // namespace

result<experiment_v2> create_experiment_v2(connection& db, organization_id organization, std::string const& name,
                                           uuid const& original, std::int64_t now_us)
{
    auto const from = find_version(db, organization, original);
    if (!from) return from.error();
    if (from->minor != 0) return make_error_code(errc::conflict);
    auto const what = find_template(db, organization, original);
    if (!what) return what.error();
    auto const id = random_uuid();
    if (!id) return id.error();
    auto done = db.execute("INSERT INTO experiment_v2 (id,organization_id,name,original_version_id,input_keys,"
                           "created_us) VALUES (?1,?2,?3,?4,?5,?6)",
                           *id, organization, name, original, json_of_texts(what->input_keys), now_us);
    if (!done) return done.error();
    subversion const copy{.metadata = R"({"label":"Original","isProduction":false})", .experiment = *id};
    auto const copied = add_subversion(db, organization, original, copy, *what, now_us);
    if (!copied) return copied.error();
    done = db.execute("UPDATE experiment_v2 SET copied_version_id=?2 WHERE id=?1", *id, copied->id);
    if (!done) return done.error();
    return find_experiment_v2(db, organization, *id);
}

result<std::vector<experiment_v2>> list_experiments_v2(connection& db, organization_id organization, std::int64_t most)
{
    return collect(db.query(WEIR_SELECT_EXPERIMENT_V2
                            " AND deleted_us IS NULL ORDER BY created_us DESC,id DESC LIMIT ?2",
                            organization, most),
                   experiment_v2_in);
}

result<experiment_v2> find_experiment_v2(connection& db, organization_id organization, uuid const& id)
{
    auto found = collect(db.query(WEIR_SELECT_EXPERIMENT_V2 " AND id=?2", organization, id), experiment_v2_in);
    if (!found) return found.error();
    if (found->empty()) return make_error_code(errc::not_found);
    return std::move(found->front());
}

result<experiment_v2> require_experiment_v2(connection& db, organization_id organization, uuid const& id)
{
    auto found = find_experiment_v2(db, organization, id);
    if (found && found->is_deleted) return make_error_code(errc::not_found);
    return found;
}

result<void> delete_experiment_v2(connection& db, organization_id organization, uuid const& id, std::int64_t now_us)
{
    return changed_one(db, db.execute("UPDATE experiment_v2 SET deleted_us=?3 "
                                      "WHERE id=?1 AND organization_id=?2 AND deleted_us IS NULL",
                                      id, organization, now_us));
}

result<void> add_experiment_keys(connection& db, organization_id organization, uuid const& id,
                                 std::vector<std::string> const& keys)
{
    auto const found = require_experiment_v2(db, organization, id);
    if (!found) return found.error();
    auto all = found->input_keys;
    for (auto const& key : keys)
        if (std::ranges::find(all, key) == all.end()) all.push_back(key);
    return db.execute("UPDATE experiment_v2 SET input_keys=?2 WHERE id=?1", id, json_of_texts(all));
}

result<std::int64_t> count_experiment_versions(connection& db, uuid const& id)
{
    return first_value<std::int64_t>(db.query("SELECT count(*) FROM prompt_version WHERE experiment_id=?1", id));
}

result<void> remove_experiment_version(connection& db, organization_id organization, uuid const& id,
                                       uuid const& version)
{
    if (auto const found = require_experiment_v2(db, organization, id); !found) return found.error();
    return changed_one(db, db.execute("UPDATE prompt_version SET experiment_id=NULL "
                                      "WHERE id=?1 AND experiment_id=?2 AND organization_id=?3",
                                      version, id, organization));
}

result<std::vector<output_scores>> scores_of_version(connection& db, organization_id organization,
                                                     uuid const& experiment, uuid const& version, std::int64_t most)
{
    return collect(db.query("SELECT a.score_key,a.value_type='boolean',avg(s.int_value),min(s.int_value),"
                            "max(s.int_value) FROM experiment_output AS o "
                            "JOIN score_value AS s ON s.organization_id=?1 AND s.request_id=o.request_id "
                            "JOIN score_attribute AS a ON a.id=s.attribute_id "
                            "WHERE o.experiment_id=?2 AND o.prompt_version_id=?3 "
                            "GROUP BY a.id ORDER BY a.score_key LIMIT ?4",
                            organization, experiment, version, most),
                   [](rows const& row) {
                       return output_scores{.key = row.get<std::string>(0),
                                            .is_boolean = row.get<bool>(1),
                                            .mean = row.get<double>(2),
                                            .least = row.get<double>(3),
                                            .greatest = row.get<double>(4)};
                   });
}

} // namespace weir::storage
