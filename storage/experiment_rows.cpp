#include "storage/experiment_rows.hpp"

#include "storage/collect.hpp"
#include "storage/experiments_v2.hpp"
#include "storage/random.hpp"
#include "storage/requests.hpp"

#include <unordered_map>

namespace weir::storage
{
namespace
{

/// What an output is reckoned to come to in an answer.
constexpr std::size_t bytes_of_output = 250;

new_experiment_row row_to_be(rows const& from)
{
    return {.inputs = from.get<std::string>(0),
            .auto_inputs = from.get<std::string>(1),
            .original_request = from.get<std::optional<uuid>>(2)};
}

result<void> add_row(connection& db, organization_id organization, experiment_v2 const& to,
                     new_experiment_row const& row, uuid const& id, std::int64_t now_us)
{
    auto const number = first_value<std::int64_t>(
        db.query("INSERT INTO prompt_input (id,organization_id,prompt_version_id,inputs,auto_inputs,experiment_id,"
                 "created_us) VALUES (?1,?2,?3,?4,?5,?6,?7) RETURNING number",
                 id, organization, to.copied_version, row.inputs, row.auto_inputs, to.id, now_us));
    if (!number) return number.error();
    if (!row.original_request) return {};
    return db.execute("INSERT INTO experiment_output (experiment_id,input_number,prompt_version_id,request_id,"
                      "is_original,created_us) VALUES (?1,?2,?3,?4,1,?5)",
                      to.id, *number, to.copied_version, row.original_request, now_us);
}

} // namespace

result<std::vector<experiment_row>> list_experiment_rows(connection& db, organization_id organization,
                                                         uuid const& experiment, std::size_t most_bytes)
{
    auto found = db.query("SELECT number,id,inputs,auto_inputs,prompt_version_id FROM prompt_input "
                          "WHERE experiment_id=?1 AND organization_id=?2 ORDER BY number LIMIT ?3",
                          experiment, organization, most_experiment_rows);
    if (!found) return found.error();
    std::vector<experiment_row> all;
    std::unordered_map<std::int64_t, std::size_t> places;
    std::size_t bytes = 0;
    while (found->next()) {
        places.emplace(found->get<std::int64_t>(0), all.size());
        all.push_back({.id = found->get<uuid>(1),
                       .inputs = found->get<std::string>(2),
                       .auto_inputs = found->get<std::string>(3),
                       .prompt_version = found->get<uuid>(4),
                       .outputs = {}});
        bytes += all.back().inputs.size() + all.back().auto_inputs.size();
        if (bytes > most_bytes) return make_error_code(errc::too_large);
    }
    if (found->error()) return found->error();
    auto outputs = db.query("SELECT input_number,id,request_id,prompt_version_id,is_original,created_us "
                            "FROM experiment_output WHERE experiment_id=?1 ORDER BY created_us DESC,id DESC",
                            experiment);
    if (!outputs) return outputs.error();
    while (outputs->next()) {
        auto const row = places.find(outputs->get<std::int64_t>(0));
        if (row == places.end()) continue; // of a row that was taken away
        all[row->second].outputs.push_back({.id = outputs->get<std::int64_t>(1),
                                            .request_id = outputs->get<uuid>(2),
                                            .prompt_version = outputs->get<uuid>(3),
                                            .is_original = outputs->get<bool>(4),
                                            .created_us = outputs->get<std::int64_t>(5)});
        bytes += bytes_of_output;
        if (bytes > most_bytes) return make_error_code(errc::too_large);
    }
    if (outputs->error()) return outputs->error();
    return all;
}

result<std::vector<uuid>> add_experiment_rows(connection& db, organization_id organization, experiment_v2 const& to,
                                              std::span<new_experiment_row const> added, std::int64_t now_us)
{
    auto const count = first_value<std::int64_t>(db.query(
        "SELECT count(*) FROM prompt_input WHERE experiment_id=?1 AND organization_id=?2", to.id, organization));
    if (!count) return count.error();
    if (*count + static_cast<std::int64_t>(added.size()) > most_experiment_rows)
        return make_error_code(errc::too_large);
    std::vector<uuid> ids;
    ids.reserve(added.size());
    for (auto const& row : added) {
        auto const id = random_uuid();
        if (!id) return id.error();
        if (auto const done = add_row(db, organization, to, row, *id, now_us); !done) return done.error();
        ids.push_back(*id);
    }
    return ids;
}

result<std::optional<uuid>> source_of_inputs(connection& db, organization_id organization, uuid const& inputs)
{
    return first_value<std::optional<uuid>>(db.query(
        "SELECT source_request_id FROM prompt_input WHERE id=?1 AND organization_id=?2", inputs, organization));
}

result<std::optional<inputs_of_call>> find_inputs_of_call(connection& db, organization_id organization,
                                                          uuid const& request)
{
    auto const source = find_row(db, organization, request);
    if (!source) return source.error();
    auto found = collect(
        db.query("SELECT inputs,auto_inputs,source_request_id,prompt_version_id FROM prompt_input "
                 "WHERE organization_id=?1 AND source_row_id=?2 AND source_request_id=?3 ORDER BY number LIMIT 1",
                 organization, *source, request),
        [](rows const& row) { return inputs_of_call{.prompt_version = row.get<uuid>(3), .row = row_to_be(row)}; });
    if (!found) return found.error();
    if (found->empty()) return std::optional<inputs_of_call>();
    return std::optional(std::move(found->front()));
}

result<std::vector<new_experiment_row>> inputs_in_dataset(connection& db, organization_id organization,
                                                          uuid const& version, uuid const& dataset)
{
    return collect(db.query("SELECT inputs,auto_inputs,source_request_id FROM prompt_input "
                            "WHERE prompt_version_id=?2 AND organization_id=?1 AND "
                            "(source_request_id IN (SELECT origin_request_id FROM dataset_row WHERE dataset_id=?3) "
                            "OR number IN (SELECT input_number FROM experiment_dataset_row WHERE dataset_id=?3)) "
                            "ORDER BY number LIMIT ?4",
                            organization, version, dataset, most_experiment_rows + 1),
                   row_to_be);
}

result<void> remove_experiment_row(connection& db, organization_id organization, uuid const& experiment,
                                   uuid const& row)
{
    return changed_one(db, db.execute("UPDATE prompt_input SET experiment_id=NULL "
                                      "WHERE id=?1 AND experiment_id=?2 AND organization_id=?3",
                                      row, experiment, organization));
}

result<void> set_row_inputs(connection& db, organization_id organization, uuid const& experiment, uuid const& row,
                            std::string const& inputs)
{
    return changed_one(db, db.execute("UPDATE prompt_input SET inputs=?4 "
                                      "WHERE id=?1 AND experiment_id=?2 AND organization_id=?3",
                                      row, experiment, organization, inputs));
}

result<std::int64_t> number_of_row(connection& db, organization_id organization, uuid const& experiment,
                                   uuid const& row)
{
    return first_value<std::int64_t>(
        db.query("SELECT number FROM prompt_input WHERE id=?1 AND experiment_id=?2 AND organization_id=?3", row,
                 experiment, organization));
}

} // namespace weir::storage
