#include "storage/experiments.hpp"

#include "storage/collect.hpp"
#include "storage/random.hpp"
#include "storage/sql.hpp"

namespace weir::storage
{
namespace
{

#define WEIR_SELECT_EXPERIMENT                                                                                         \
    "SELECT e.id,e.dataset_id,coalesce(d.name,''),coalesce(e.metadata,'null'),e.created_us,"                           \
    "(SELECT t.id FROM experiment_table AS t WHERE t.experiment_id=e.id ORDER BY t.created_us,t.id LIMIT 1) "          \
    "FROM experiment AS e LEFT JOIN dataset AS d ON d.id=e.dataset_id WHERE e.organization_id="

#define WEIR_SELECT_HYPOTHESIS                                                                                         \
    "SELECT h.id,h.experiment_id,h.prompt_version_id,h.model,h.status,h.provider_key_id,h.created_us,"                 \
    "coalesce(v.template,'null'),coalesce((SELECT m.template FROM prompt_version AS m "                                \
    "WHERE m.organization_id=v.organization_id AND m.prompt_id=v.prompt_id AND m.major_version=v.major_version "       \
    "AND m.minor_version=0),'null') FROM hypothesis AS h JOIN prompt_version AS v ON v.id=h.prompt_version_id "

experiment experiment_in(rows const& row)
{
    return {.id = row.get<uuid>(0),
            .dataset = row.get<std::optional<uuid>>(1),
            .dataset_name = row.get<std::string>(2),
            .metadata = row.get<std::string>(3),
            .created_us = row.get<std::int64_t>(4),
            .table = row.get<std::optional<uuid>>(5)};
}

hypothesis hypothesis_in(rows const& row)
{
    return {.id = row.get<uuid>(0),
            .experiment = row.get<uuid>(1),
            .prompt_version = row.get<uuid>(2),
            .model = row.get<std::string>(3),
            .status = row.get<std::string>(4),
            .provider_key = row.get<std::optional<uuid>>(5),
            .created_us = row.get<std::int64_t>(6),
            .content = row.get<std::string>(7),
            .parent_content = row.get<std::string>(8)};
}

template <class T>
result<T> only(result<std::vector<T>> found)
{
    if (!found) return found.error();
    if (found->empty()) return make_error_code(errc::not_found);
    return std::move(found->front());
}

result<void> require(result<bool> found)
{
    using boost::system::in_place_error;
    if (!found) return result<void>(in_place_error, found.error());
    if (!*found) return make_error_code(errc::not_found);
    return {};
}

} // namespace

result<std::string> public_id_of_organization(connection& db, organization_id organization)
{
    return first_value<std::string>(db.query("SELECT public_id FROM organization WHERE id=?1", organization));
}

result<void> require_any_experiment(connection& db, organization_id organization, uuid const& id)
{
    return require(is_any(db.query("SELECT 1 FROM experiment WHERE id=?1 AND organization_id=?2 UNION ALL "
                                   "SELECT 1 FROM experiment_v2 WHERE id=?1 AND organization_id=?2 "
                                   "AND deleted_us IS NULL",
                                   id, organization)));
}

result<uuid> create_experiment(connection& db, organization_id organization, uuid const& dataset,
                               std::string const& metadata, std::int64_t now_us)
{
    auto const id = random_uuid();
    if (!id) return id.error();
    auto const done = db.execute("INSERT INTO experiment (id,organization_id,dataset_id,metadata,created_us) "
                                 "VALUES (?1,?2,?3,?4,?5)",
                                 *id, organization, dataset, metadata, now_us);
    if (!done) return done.error();
    return *id;
}

result<experiment> find_experiment(connection& db, organization_id organization, uuid const& id)
{
    return only(collect(db.query(WEIR_SELECT_EXPERIMENT "?1 AND e.id=?2", organization, id), experiment_in));
}

result<std::vector<experiment>> query_experiments(connection& db, organization_id organization, filter const& what,
                                                  std::int64_t most)
{
    sql text(WEIR_SELECT_EXPERIMENT);
    text.bind(static_cast<std::int64_t>(organization)) << " AND ";
    append_filter(what, text);
    text.with(" ORDER BY e.created_us DESC,e.id DESC LIMIT ?", most);
    return collect(db.query(text), experiment_in);
}

result<void> set_experiment_metadata(connection& db, organization_id organization, uuid const& id,
                                     std::string const& metadata)
{
    return changed_one(db, db.execute("UPDATE experiment SET metadata=?3 WHERE id=?1 AND organization_id=?2", id,
                                      organization, metadata));
}

result<uuid> create_hypothesis(connection& db, organization_id organization, new_hypothesis const& made,
                               std::int64_t now_us)
{
    auto const count =
        first_value<std::int64_t>(db.query("SELECT count(*) FROM hypothesis WHERE experiment_id=?1", made.experiment));
    if (!count) return count.error();
    if (*count >= most_hypotheses) return make_error_code(errc::too_large);
    auto const id = random_uuid();
    if (!id) return id.error();
    auto const done = db.execute("INSERT INTO hypothesis (id,organization_id,experiment_id,prompt_version_id,model,"
                                 "status,provider_key_id,created_us) VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
                                 *id, organization, made.experiment, made.prompt_version, made.model, made.status,
                                 made.provider_key, now_us);
    if (!done) return done.error();
    return *id;
}

result<void> require_provider_key(connection& db, organization_id organization, uuid const& id)
{
    return require(is_any(db.query(
        "SELECT 1 FROM provider_key WHERE id=?1 AND organization_id=?2 AND deleted_us IS NULL", id, organization)));
}

result<hypothesis> find_hypothesis(connection& db, organization_id organization, uuid const& id)
{
    return only(collect(db.query(WEIR_SELECT_HYPOTHESIS "WHERE h.id=?1 AND h.organization_id=?2", id, organization),
                        hypothesis_in));
}

result<std::vector<hypothesis>> list_hypotheses(connection& db, uuid const& experiment)
{
    return collect(db.query(WEIR_SELECT_HYPOTHESIS "WHERE h.experiment_id=?1 ORDER BY h.created_us,h.id LIMIT ?2",
                            experiment, most_hypotheses),
                   hypothesis_in);
}

result<std::vector<hypothesis_run>> list_hypothesis_runs(connection& db, uuid const& hypothesis, which_runs which,
                                                         std::int64_t most)
{
    return collect(db.query("SELECT dataset_row_id,result_request_id FROM hypothesis_run AS h WHERE hypothesis_id=?1 "
                            "AND (?2 OR NOT EXISTS (SELECT 1 FROM hypothesis_run AS l "
                            "WHERE l.hypothesis_id=h.hypothesis_id AND l.dataset_row_id=h.dataset_row_id "
                            "AND (l.created_us,l.id)>(h.created_us,h.id))) ORDER BY created_us,id LIMIT ?3",
                            hypothesis, which == which_runs::all, most),
                   [](rows const& row) {
                       return hypothesis_run{row.get<uuid>(0), row.get<std::optional<uuid>>(1)};
                   });
}

} // namespace weir::storage
