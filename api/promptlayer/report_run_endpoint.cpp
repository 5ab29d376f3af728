#include "api/endpoints.hpp"
#include "api/promptlayer/report_types.hpp"
#include "api/promptlayer/tried_write.hpp"
#include "api/read_json.hpp"
#include "storage/prompt_blueprints.hpp"
#include "storage/report_runs.hpp"

#include <boost/json/serialize.hpp>

#include <memory>
#include <utility>

namespace asio = boost::asio;
namespace json = boost::json;

namespace weir::api::promptlayer
{

struct run_report_body {
    std::string name;
    std::optional<std::int64_t> dataset_id;
    std::optional<bool> refresh_dataset;
};
BOOST_DESCRIBE_STRUCT(run_report_body, (), (name, dataset_id, refresh_dataset))

struct run_report_request {
    std::int64_t report_id = 0;
    run_report_body body;
};
BOOST_DESCRIBE_STRUCT(run_report_request, (), (report_id, body))

struct run_report_answer {
    bool success = true;
    std::int64_t report_id = 0;
};
BOOST_DESCRIBE_STRUCT(run_report_answer, (), (success, report_id))

namespace
{

/// What is to be run, and over what.
struct run_source {
    storage::report blueprint;
    storage::dataset_version dataset;
};

storage::result<tried<run_source>> find_source(storage::connection& db, storage::organization_id whose,
                                               run_report_request const& asked)
{
    auto report = find_active_report(db, whose, asked.report_id);
    if (!report) return report.error();
    if (!*report) return refused<run_source>(no_such_report());
    if ((*report)->blueprint) return refused<run_source>({errc::forbidden, "this is a run: only a blueprint is run"});
    auto dataset = storage::find_dataset_version(db, whose, asked.body.dataset_id.value_or((*report)->dataset));
    if (!dataset && dataset.error() != storage::errc::not_found) return dataset.error();
    if (!dataset || (asked.body.dataset_id && dataset->group.is_deleted))
        return refused<run_source>(not_found("dataset_id: there is no such dataset"));
    if (dataset->version_number == storage::draft_number)
        return refused<run_source>(invalid("dataset_id: is a draft, which must be published first"));
    if (asked.body.refresh_dataset.value_or(false) && (!dataset->filter || dataset->group.is_deleted))
        return refused<run_source>(
            {errc::forbidden, "refresh_dataset: only a dataset that was made by a filter can be refreshed"});
    return tried<run_source>{{std::move(**report), std::move(*dataset)}, {}};
}

/// The calls that pass the dataset's filter now.
asio::awaitable<result<std::vector<storage::history_row>>> refreshed_calls(std::string filter, services& with)
{
    json::value stored;
    dataset_filter_params params;
    auto bad = parse_json(filter, stored, "refresh_dataset");
    if (!bad)
        bad = read_json(stored, shape_of<dataset_filter_params>, &params, "refresh_dataset", true,
                        unknown_members::ignored);
    if (bad) co_return failure(errc::forbidden, "the dataset's filter cannot be used again: " + *bad);
    co_return co_await calls_of(std::move(params), with);
}

/// A next version of the dataset, of these calls.
storage::result<tried<std::int64_t>> refresh(storage::connection& db, storage::organization_id whose,
                                             storage::dataset_version const& from,
                                             std::vector<storage::history_row> const& calls, std::int64_t now)
{
    auto const draft = storage::find_draft(db, whose, from.group.id);
    if (!draft && draft.error() != storage::errc::not_found) return draft.error();
    if (draft)
        return refused<std::int64_t>(
            {errc::forbidden, "refresh_dataset: the dataset group has a draft, which must be saved first"});
    auto const rows = rows_of_calls(db, whose, calls);
    if (!rows) return rows.error();
    auto const made = publish_rows(db, whose, from.group.id, from.filter, *rows, now);
    if (!made) return made.error();
    return tried<std::int64_t>{*made, {}};
}

/// Has a column that runs the newest version of a prompt, or a labelled one, run the one that this is now, so that all
/// rows have the same.
storage::result<void> fix_version(storage::connection& db, storage::organization_id whose,
                                  storage::report_column_wish& column)
{
    json::value configuration;
    if (column.type != "PROMPT_TEMPLATE" || parse_json(column.configuration, configuration, "configuration")) return {};
    auto* const given = configuration.as_object().if_contains("template");
    auto* const named = given ? given->if_object() : nullptr;
    auto const* const version = named ? named->if_contains("version_number") : nullptr;
    if (!named || (version && !version->is_null())) return {};
    auto const* const label = named->if_contains("label");
    storage::version_choice which;
    if (label && label->is_string()) which.label = std::string(label->get_string());
    auto const prompt = storage::find_prompt_named(db, whose, std::string(named->at("name").as_string()));
    if (!prompt && prompt.error() == storage::errc::not_found) return {}; // its cells will say so
    if (!prompt) return prompt.error();
    auto const found = storage::find_blueprint(db, whose, *prompt, which);
    if (!found && found.error() == storage::errc::not_found) return {};
    if (!found) return found.error();
    named->erase("label");
    (*named)["version_number"] = found->number;
    column.configuration = json::serialize(configuration);
    return {};
}

storage::result<tried<std::int64_t>> make_run(storage::connection& db, storage::organization_id whose,
                                              run_report_request const& asked,
                                              std::optional<std::vector<storage::history_row>> const& refreshed,
                                              std::int64_t now)
{
    auto const source = find_source(db, whose, asked);
    if (!source) return source.error();
    if (source->why) return refused<std::int64_t>(*source->why);
    storage::new_report_run wish{source->value.blueprint.id, source->value.dataset.id, asked.body.name, {}};
    if (refreshed) {
        auto const made = refresh(db, whose, source->value.dataset, *refreshed, now);
        if (!made || made->why) return made;
        wish.dataset = made->value;
    }
    auto columns = storage::list_report_columns(db, wish.blueprint);
    if (!columns) return columns.error();
    if (columns->empty()) return refused<std::int64_t>(invalid("the report has no columns"));
    auto const rows = storage::count_dataset_version_rows(db, wish.dataset, "");
    if (!rows) return rows.error();
    if (*rows * std::ssize(*columns) > most_report_cells)
        return refused<std::int64_t>(invalid("the run would have more than 100000 cells"));
    for (auto& column : *columns) {
        wish.columns.push_back({std::move(column.type), std::move(column.name), std::move(column.configuration),
                                column.is_part_of_score, column.position});
        if (auto const done = fix_version(db, whose, wish.columns.back()); !done) return done.error();
    }
    auto const run = storage::create_report_run(db, whose, wish, now);
    if (!run) return run.error();
    return tried<std::int64_t>{run->id, {}};
}

asio::awaitable<result<created<run_report_answer>>> run_report(run_report_request asked, services& with)
{
    if (auto const bad = problem_with_report_name("name", asked.body.name)) co_return *bad;
    std::optional<std::vector<storage::history_row>> calls;
    if (asked.body.refresh_dataset.value_or(false)) {
        auto const query = [whose = with.organization, asked](storage::connection& db) {
            return find_source(db, whose, asked);
        };
        auto const source = co_await with.store.read(query);
        if (!source) co_return source.error();
        if (source->why) co_return *source->why;
        auto found = co_await refreshed_calls(*source->value.dataset.filter, with);
        if (!found) co_return found.error();
        calls = std::move(*found);
    }
    auto query = [whose = with.organization, asked, calls = std::move(calls),
                  now = with.now_us()](storage::connection& db) { return make_run(db, whose, asked, calls, now); };
    auto const run = co_await try_to_write<std::int64_t>(std::move(query), with);
    if (!run) co_return run.error();
    co_return created<run_report_answer>{{true, *run}};
}

constexpr endpoint report_run_entries[] = {
    changes(post<run_report>("/reports/{report_id}/run", "RunReport", "Runs a blueprint over a dataset")),
};
static_assert(each_is_unique(report_run_entries));

} // namespace
} // namespace weir::api::promptlayer

namespace weir::api
{

constinit group const promptlayer_report_run_endpoints{"PromptLayer reports", promptlayer::report_run_entries, false,
                                                       dialect::promptlayer};

} // namespace weir::api
