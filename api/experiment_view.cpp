#include "api/experiment_view.hpp"

#include "api/helicone_request.hpp"
#include "api/prompt_input_types.hpp"
#include "api/shape.hpp"
#include "net/time_text.hpp"
#include "storage/connection.hpp"
#include "storage/experiment_datasets.hpp"
#include "storage/json_text.hpp"
#include "storage/requests.hpp"

#include <algorithm>
#include <string_view>

namespace weir::api
{
namespace
{

using storage::uuid;

constexpr std::size_t most_things = 50'000, most_bytes = 64 * 1024 * 1024;

failure too_much(std::string_view what)
{
    return conflict("the experiments have more than " + std::string(what) +
                    " together, which is all that one answer has; name fewer of them in the filter");
}

request_obj request_of(storage::request_row const& call)
{
    auto const provider = static_cast<std::size_t>(provider_name_of(call.record.provider));
    return {.id = call.record.request_id.text(), .provider = std::string(shape_of<provider_name>.words[provider])};
}

version_template shown_template(std::string const& content) { return {.template_ = {content}}; }

/// The scores of a dataset are dated by the newest answer among its calls.
dataset_scores scores_of_dataset(std::vector<storage::request_row const*> const& calls)
{
    std::int64_t newest_us = 0;
    std::string model;
    for (auto const* call : calls)
        if (call->record.ended_us >= newest_us) {
            newest_us = call->record.ended_us;
            model = call->record.model;
        }
    return {mean_scores(calls, net::time_text(newest_us), std::move(model))};
}

} // namespace

/// The calls of some ids, as far as they are in the record.
struct experiment_view::known_calls {
    std::vector<storage::request_row> rows;
    std::map<uuid, std::size_t> places{};

    static storage::result<known_calls> find(storage::connection& db, storage::organization_id whose,
                                             std::vector<uuid> const& ids)
    {
        auto found = storage::find_requests(db, whose, ids);
        if (!found) return found.error();
        known_calls known{std::move(*found)};
        for (std::size_t n = 0; n < known.rows.size(); ++n) known.places[known.rows[n].record.request_id] = n;
        return known;
    }

    storage::request_row const* at(std::optional<uuid> const& id) const
    {
        if (!id) return nullptr;
        auto const place = places.find(*id);
        return place == places.end() ? nullptr : &rows[place->second];
    }

    std::vector<storage::request_row const*> all() const
    {
        std::vector<storage::request_row const*> pointers;
        for (auto const& row : rows) pointers.push_back(&row);
        return pointers;
    }
};

result<void> experiment_view::take(std::size_t things)
{
    things_ += things;
    if (things_ > most_things) return too_much(std::to_string(most_things) + " rows and runs");
    if (bytes_ > most_bytes) return too_much("64 MiB of inputs and templates");
    return {};
}

result<response_obj> experiment_view::response_of(storage::request_row const& call)
{
    auto const& row = call.record;
    response_obj shown;
    shown.createdAt = net::time_text(row.ended_us);
    shown.completionTokens = row.used.completion;
    shown.promptTokens = row.used.prompt;
    shown.promptCacheWriteTokens = row.used.cache_write;
    shown.promptCacheReadTokens = row.used.cache_read;
    if (row.status != storage::status::pending)
        shown.delayMs = static_cast<double>(row.ended_us - row.created_us) / 1000;
    shown.model = row.model;
    if (room_for_bodies_ == 0) return shown;
    auto kept = storage::find_bodies(db_, row.id);
    if (!kept && kept.error() == storage::errc::not_found) return shown;
    if (!kept) return kept.error();
    room_for_bodies_ -= std::min(room_for_bodies_, kept->response.size());
    shown.body = stored_body(std::move(kept->response));
    return shown;
}

result<dataset_input_record> experiment_view::input_record(uuid const& id, std::string const& inputs,
                                                           std::string const& auto_inputs,
                                                           storage::request_row const& source)
{
    dataset_input_record shown;
    shown.id = id.text();
    shown.requestId = source.record.request_id.text();
    shown.requestPath = source.record.path;
    shown.inputs = storage::pairs_of_json(inputs);
    shown.autoInputs = stored_values(auto_inputs);
    bytes_ += inputs.size() + auto_inputs.size();
    if (!parts_.bodies) return shown;
    auto response = response_of(source);
    if (!response) return response.error();
    shown.response = std::move(*response);
    shown.request = request_of(source);
    return shown;
}

/// Where the rows of a dataset are in a table, by their ids.
result<std::map<std::string, storage::table_row>> experiment_view::places_in(std::optional<uuid> const& table)
{
    std::map<std::string, storage::table_row> places;
    if (!table) return places;
    auto rows = storage::list_table_rows(db_, *table);
    if (!rows) return rows.error();
    for (auto& row : *rows) {
        auto id = row.dataset_row;
        places.emplace(std::move(id), std::move(row));
    }
    return places;
}

result<std::vector<experiment_dataset_row>> experiment_view::rows_of(storage::experiment const& one,
                                                                     known_calls& sources)
{
    if (!one.dataset) return std::vector<experiment_dataset_row>();
    auto const rows = storage::list_inputs(db_, *one.dataset, static_cast<std::int64_t>(most_things) + 1);
    if (!rows) return rows.error();
    if (auto const taken = take(rows->size()); !taken) return taken.error();
    std::vector<uuid> ids;
    for (auto const& row : *rows)
        if (row.source_request) ids.push_back(*row.source_request);
    auto found = known_calls::find(db_, whose_, ids);
    if (!found) return found.error();
    sources = std::move(*found);
    auto const places = places_in(one.table);
    if (!places) return places.error();
    std::vector<experiment_dataset_row> all;
    for (auto const& row : *rows) {
        auto& shown = all.emplace_back();
        shown.rowId = row.dataset_row_id.text();
        auto const place = places->find(shown.rowId);
        shown.rowIndex = place == places->end() ? std::ssize(all) - 1 : place->second.row_index;
        if (place != places->end()) shown.columnId = place->second.column.text();
        auto const* source = sources.at(row.source_request);
        if (source) shown.scores = scores_of(*source);
        if (!parts_.inputs) continue;
        if (!source) continue;
        auto made = input_record(row.id, row.inputs, row.auto_inputs, *source);
        if (!made) return made.error();
        shown.inputRecord = std::move(*made);
        if (auto const taken = take(0); !taken) return taken.error();
    }
    return all;
}

result<hypothesis_obj> experiment_view::hypothesis_of(storage::hypothesis const& one, known_calls& results)
{
    hypothesis_obj shown;
    shown.id = one.id.text();
    shown.promptVersionId = one.prompt_version.text();
    shown.model = one.model;
    shown.status = one.status;
    shown.createdAt = net::time_text(one.created_us);
    if (one.provider_key) shown.providerKey = one.provider_key->text();
    if (parts_.versions) {
        shown.promptVersion = shown_template(one.content);
        shown.parentPromptVersion = shown_template(one.parent_content);
        bytes_ += one.content.size() + one.parent_content.size();
    }
    auto const runs = storage::list_hypothesis_runs(db_, one.id, storage::which_runs::all,
                                                    static_cast<std::int64_t>(most_things) + 1);
    if (!runs) return runs.error();
    if (auto const taken = take(runs->size()); !taken) return taken.error();
    std::vector<uuid> ids;
    for (auto const& run : *runs)
        if (run.request) ids.push_back(*run.request);
    auto found = known_calls::find(db_, whose_, ids);
    if (!found) return found.error();
    results = std::move(*found);
    for (auto const& run : *runs) {
        auto& added = shown.runs.emplace_back();
        added.datasetRowId = run.dataset_row.text();
        if (run.request) added.resultRequestId = run.request->text();
        auto const* call = results.at(run.request);
        if (!call) continue;
        added.scores = scores_of(*call);
        if (!parts_.bodies) continue;
        auto response = response_of(*call);
        if (!response) return response.error();
        added.response = std::move(*response);
        added.request = request_of(*call);
    }
    return shown;
}

result<experiment> experiment_view::show(storage::experiment const& one)
{
    experiment shown;
    shown.id = one.id.text();
    shown.organization = organization_;
    if (one.dataset) shown.dataset.id = one.dataset->text();
    shown.dataset.name = one.dataset_name;
    shown.meta.text = one.metadata;
    shown.createdAt = net::time_text(one.created_us);
    if (one.table) shown.tableId = one.table->text();
    known_calls sources;
    auto rows = rows_of(one, sources);
    if (!rows) return rows.error();
    shown.dataset.rows = std::move(*rows);
    auto const hypotheses = storage::list_hypotheses(db_, one.id);
    if (!hypotheses) return hypotheses.error();
    for (auto const& hypothesis : *hypotheses) {
        known_calls results;
        auto made = hypothesis_of(hypothesis, results);
        if (!made) return made.error();
        shown.hypotheses.push_back(std::move(*made));
        bool const is_first = shown.hypotheses.size() == 1;
        if (!is_first || !(parts_.bodies || parts_.scores)) continue;
        shown.scores =
            experiment_scores{scores_of_dataset(sources.all()),
                              {static_cast<std::int64_t>(results.rows.size()),
                               mean_scores(results.all(), net::time_text(hypothesis.created_us), hypothesis.model)}};
    }
    return shown;
}

} // namespace weir::api
