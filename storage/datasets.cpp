#include "storage/datasets.hpp"

#include "storage/collect.hpp"
#include "storage/random.hpp"
#include "storage/sql.hpp"

namespace weir::storage
{
namespace
{

#define WEIR_DATASETS                                                                                                  \
    "SELECT d.id,o.public_id,d.name,d.type,d.metadata,d.created_us,"                                                   \
    "(SELECT count(*) FROM dataset_row AS r WHERE r.dataset_id=d.id)"                                                  \
    " FROM dataset AS d JOIN organization AS o ON o.id=d.organization_id WHERE d.organization_id="

result<std::vector<dataset>> read_datasets(connection& db, sql asked, std::int64_t most)
{
    asked << " ORDER BY d.created_us DESC,d.id LIMIT ";
    asked.bind(most);
    return collect(db.query(asked), [](rows const& row) {
        return dataset{.id = row.get<uuid>(0),
                       .organization_public_id = row.get<std::string>(1),
                       .name = row.get<std::optional<std::string>>(2),
                       .type = row.get<std::string>(3),
                       .metadata = row.get<std::optional<std::string>>(4),
                       .created_us = row.get<std::int64_t>(5),
                       .copies = row.get<std::int64_t>(6)};
    });
}

} // namespace

result<uuid> create_dataset(connection& db, organization_id organization, dataset_wish const& wish, std::int64_t now_us)
{
    auto const id = random_uuid();
    if (!id) return id.error();
    auto const done =
        db.execute("INSERT INTO dataset (id,organization_id,name,type,metadata,created_us) VALUES (?1,?2,?3,?4,?5,?6)",
                   *id, organization, wish.name, wish.type, wish.metadata, now_us);
    if (!done) return done.error();
    return *id;
}

result<dataset_state> state_of_dataset(connection& db, organization_id organization, uuid const& id)
{
    auto const deleted = first_value<std::int64_t>(
        db.query("SELECT deleted_us IS NOT NULL FROM dataset WHERE id=?1 AND organization_id=?2", id, organization));
    if (!deleted) return deleted.error();
    return *deleted != 0 ? dataset_state::deleted : dataset_state::live;
}

result<void> require_dataset(connection& db, organization_id organization, uuid const& id)
{
    auto const state = state_of_dataset(db, organization, id);
    if (!state) return state.error();
    if (*state == dataset_state::deleted) return make_error_code(errc::not_found);
    return {};
}

result<std::vector<dataset>> list_all_datasets(connection& db, organization_id organization,
                                               std::optional<std::string> const& prompt_version, std::int64_t most)
{
    sql asked(WEIR_DATASETS);
    asked.bind(static_cast<std::int64_t>(organization));
    if (prompt_version) {
        asked << " AND d.metadata->>'promptVersionId'=";
        asked.bind(*prompt_version);
    }
    return read_datasets(db, std::move(asked), most);
}

result<std::vector<dataset>> list_helicone_datasets(connection& db, organization_id organization,
                                                    std::span<uuid const> ids, std::int64_t most)
{
    sql asked(WEIR_DATASETS);
    asked.bind(static_cast<std::int64_t>(organization)) << " AND d.type='helicone' AND d.deleted_us IS NULL";
    if (!ids.empty()) {
        char const* separator = " AND d.id IN (";
        for (auto const& id : ids) {
            (asked << separator).bind(id);
            separator = ",";
        }
        asked << ")";
    }
    return read_datasets(db, std::move(asked), most);
}

result<void> delete_dataset(connection& db, organization_id organization, uuid const& id, std::int64_t now_us)
{
    return changed_one(
        db, db.execute("UPDATE dataset SET deleted_us=?3 WHERE id=?1 AND organization_id=?2 AND deleted_us IS NULL", id,
                       organization, now_us));
}

} // namespace weir::storage
