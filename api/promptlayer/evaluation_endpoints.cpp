#include "api/endpoints.hpp"
#include "api/promptlayer/cells.hpp"
#include "api/promptlayer/change_times.hpp"
#include "api/promptlayer/paging.hpp"
#include "api/promptlayer/report_types.hpp"
#include "api/write_json.hpp"
#include "storage/connection.hpp"
#include "storage/report_runs.hpp"

#include <utility>

namespace asio = boost::asio;

namespace weir::api::promptlayer
{

enum class evaluation_status { active, deleted, all };
BOOST_DESCRIBE_ENUM(evaluation_status, active, deleted, all)

enum class evaluation_sort { id, name, created_at, updated_at };
BOOST_DESCRIBE_ENUM(evaluation_sort, id, name, created_at, updated_at)

struct list_evaluations_request {
    std::optional<std::int64_t> workspace_id;
    std::optional<std::string> name;
    std::optional<evaluation_status> status;
    std::optional<bool> include_runs;
    std::optional<std::string> created_after, created_before, updated_after, updated_before;
    std::optional<std::string> external_source, external_id;
    std::optional<evaluation_sort> sort_by;
    std::optional<sort_way> sort_order;
    std::optional<std::int64_t> page, per_page;
};
BOOST_DESCRIBE_STRUCT(list_evaluations_request, (),
                      (workspace_id, name, status, include_runs, created_after, created_before, updated_after,
                       updated_before, external_source, external_id, sort_by, sort_order, page, per_page))

struct evaluation_run_form : report_form {
    report_status status = report_status::COMPLETED;
    report_stats stats;
};
BOOST_DESCRIBE_STRUCT(evaluation_run_form, (report_form), (status, stats))

struct evaluation_form : report_form {
    std::vector<external_id_form> external_ids;
    std::optional<std::vector<evaluation_run_form>> runs;
};
BOOST_DESCRIBE_STRUCT(evaluation_form, (report_form), (external_ids, runs))

struct list_evaluations_answer {
    bool success = true;
    std::string message;
    std::vector<evaluation_form> evaluations;
    std::int64_t page = 1, per_page = 10, total = 0, pages = 0;
};
BOOST_DESCRIBE_STRUCT(list_evaluations_answer, (), (success, message, evaluations, page, per_page, total, pages))

struct evaluation_rows_request {
    std::int64_t evaluation_id = 0;
    std::optional<std::int64_t> page, per_page, workspace_id;
};
BOOST_DESCRIBE_STRUCT(evaluation_rows_request, (), (evaluation_id, page, per_page, workspace_id))

struct evaluation_rows_answer {
    bool success = true;
    std::string message;
    std::vector<std::string> columns;
    raw_json rows; ///< arrays of `{"type":"dataset","value":…}` and `{"type":"eval","status":"…","value":…}`
    std::int64_t page = 1, per_page = 10, pages = 0, total = 0;
};
BOOST_DESCRIBE_STRUCT(evaluation_rows_answer, (), (success, message, columns, rows, page, per_page, pages, total))

namespace
{

constexpr std::int64_t most_evaluations_per_page = 100, most_listed_runs = 100;
constexpr std::size_t most_report_bytes = std::size_t{64} * 1024 * 1024;

storage::report_search search_of(list_evaluations_request const& asked, page_of const& page)
{
    storage::report_search search;
    search.name_part = asked.name.value_or("");
    auto const status = asked.status.value_or(evaluation_status::active);
    if (status != evaluation_status::all) search.is_deleted = status == evaluation_status::deleted;
    if (asked.external_source) search.external = storage::external_name{*asked.external_source, *asked.external_id};
    search.by = static_cast<storage::report_order>(asked.sort_by.value_or(evaluation_sort::id));
    search.ascending = asked.sort_order == sort_way::asc;
    search.limit = page.per_page;
    search.offset = page.offset();
    return search;
}

struct found_evaluations {
    std::vector<evaluation_form> forms;
    std::int64_t total = 0;
};

/// The runs of a blueprint: of an active list, those that are active.
storage::result<std::vector<evaluation_run_form>> runs_of(storage::connection& db, storage::organization_id whose,
                                                          std::int64_t blueprint, std::optional<bool> is_deleted)
{
    auto const only = is_deleted == false ? is_deleted : std::nullopt;
    auto const runs = storage::find_report_runs(db, whose, blueprint, only, most_listed_runs);
    if (!runs) return runs.error();
    std::vector<evaluation_run_form> forms;
    for (auto const& run : *runs) {
        auto const columns = storage::list_report_columns(db, run.id);
        if (!columns) return columns.error();
        evaluation_run_form form;
        static_cast<report_form&>(form) = form_of(run, *columns);
        form.status = status_of(run);
        form.stats = stats_of(run);
        forms.push_back(std::move(form));
    }
    return forms;
}

storage::result<found_evaluations> find_evaluations(storage::connection& db, storage::organization_id whose,
                                                    storage::report_search const& search, bool with_runs)
{
    auto const total = storage::count_reports(db, whose, search);
    if (!total) return total.error();
    auto const reports = storage::search_reports(db, whose, search);
    if (!reports) return reports.error();
    found_evaluations found;
    found.total = *total;
    for (auto const& report : *reports) {
        evaluation_form form;
        static_cast<report_form&>(form) = form_of(report, {});
        form.external_ids = forms_of(report.external_ids);
        if (with_runs) {
            auto runs = runs_of(db, whose, report.id, search.is_deleted);
            if (!runs) return runs.error();
            form.runs = std::move(*runs);
        }
        found.forms.push_back(std::move(form));
    }
    return found;
}

asio::awaitable<result<bare<list_evaluations_answer>>> list_evaluations(list_evaluations_request asked, services& with)
{
    if (auto const bad = problem_with_workspace(asked.workspace_id)) co_return *bad;
    if (asked.external_source.has_value() != asked.external_id.has_value())
        co_return unprocessable("external_id: is for use with external_source", "query");
    auto const page = read_page(asked.page, asked.per_page, most_evaluations_per_page, "query");
    if (!page) co_return page.error();
    auto const when = read_change_times(asked);
    if (!when) co_return when.error();
    auto search = search_of(asked, *page);
    search.when = *when;
    auto const query = [whose = with.organization, search = std::move(search),
                        with_runs = asked.include_runs.value_or(false)](storage::connection& db) {
        return find_evaluations(db, whose, search, with_runs);
    };
    auto found = co_await with.store.read(query);
    if (!found) co_return found.error();
    list_evaluations_answer answer;
    answer.message = "Evaluations retrieved successfully";
    answer.evaluations = std::move(found->forms);
    put_page(*page, found->total, answer);
    co_return bare<list_evaluations_answer>{std::move(answer)};
}

struct found_report_rows {
    std::vector<std::string> columns;
    std::string rows = "[";
    std::int64_t total = 0;
};

/// A blueprint has the dataset's cells alone: nothing was evaluated.
storage::result<void> add_blueprint_rows(storage::connection& db, std::int64_t dataset, page_of const& page,
                                         found_report_rows& to)
{
    auto const total = storage::count_dataset_version_rows(db, dataset, "");
    if (!total) return total.error();
    to.total = *total;
    auto const rows = storage::list_dataset_version_rows(db, dataset, "", page.per_page, page.offset());
    if (!rows) return rows.error();
    for (auto const& row : *rows) {
        to.rows += to.rows.size() > 1 ? ",[" : "[";
        append_dataset_cells(row, to.columns.size(), to.rows);
        to.rows += ']';
    }
    return {};
}

void append_cell(storage::shown_cell const& cell, std::string& to)
{
    to.append(to.back() == '[' ? "" : ",").append(R"({"type":"eval","status":")").append(name_of(cell.status));
    to += '"';
    if (cell.value) to.append(R"(,"value":)").append(*cell.value);
    if (cell.error) {
        to += R"(,"error_message":)";
        write_string(*cell.error, to);
    }
    to += '}';
}

storage::result<void> add_run_rows(storage::connection& db, std::int64_t run, page_of const& page,
                                   found_report_rows& to)
{
    auto const dataset_columns = to.columns.size();
    auto const columns = storage::list_report_columns(db, run);
    if (!columns) return columns.error();
    for (auto const& column : *columns) to.columns.push_back(column.name);
    auto const total = storage::count_report_rows(db, run);
    if (!total) return total.error();
    to.total = *total;
    auto const rows = storage::list_report_rows(db, run, page.per_page, page.offset(), most_report_bytes);
    if (!rows) return rows.error();
    for (auto const& row : *rows) {
        to.rows += to.rows.size() > 1 ? ",[" : "[";
        append_dataset_cells(row.dataset_cells, dataset_columns, to.rows);
        for (auto const& cell : row.cells) append_cell(cell, to.rows);
        to.rows += ']';
    }
    return {};
}

storage::result<found_report_rows> find_rows(storage::connection& db, storage::organization_id whose, std::int64_t id,
                                             page_of const& page)
{
    auto const report = storage::find_report(db, whose, id);
    if (!report) return report.error();
    auto dataset = storage::find_dataset_version(db, whose, report->dataset);
    if (!dataset) return dataset.error();
    found_report_rows found;
    found.columns = std::move(dataset->columns);
    auto const added =
        report->blueprint ? add_run_rows(db, id, page, found) : add_blueprint_rows(db, report->dataset, page, found);
    if (!added) return added.error();
    found.rows += ']';
    return found;
}

asio::awaitable<result<bare<evaluation_rows_answer>>> evaluation_rows(evaluation_rows_request asked, services& with)
{
    if (auto const bad = problem_with_workspace(asked.workspace_id)) co_return *bad;
    auto const page = read_page(asked.page, asked.per_page, most_evaluations_per_page, "query");
    if (!page) co_return page.error();
    auto const query = [whose = with.organization, id = asked.evaluation_id, page = *page](storage::connection& db) {
        return find_rows(db, whose, id, page);
    };
    auto found = co_await with.store.read(query);
    if (!found && found.error() == storage::errc::not_found) co_return no_such_report();
    if (!found && found.error() == storage::errc::too_large)
        co_return failure(errc::too_large, "per_page: the rows of a page are too large together");
    if (!found) co_return found.error();
    evaluation_rows_answer answer;
    answer.message = "Evaluation rows retrieved successfully";
    answer.columns = std::move(found->columns);
    answer.rows.text = std::move(found->rows);
    put_page(*page, found->total, answer);
    co_return bare<evaluation_rows_answer>{std::move(answer)};
}

constexpr endpoint evaluation_entries[] = {
    get<list_evaluations>("/api/public/v2/evaluations", "ListEvaluations", "Blueprints of evaluations, by page"),
    get<evaluation_rows>("/api/public/v2/evaluations/{evaluation_id}/rows", "ListEvaluationRows",
                         "What stands in the cells of a run"),
};
static_assert(each_is_unique(evaluation_entries));

} // namespace
} // namespace weir::api::promptlayer

namespace weir::api
{

constinit group const promptlayer_evaluation_endpoints{"PromptLayer reports", promptlayer::evaluation_entries, false,
                                                       dialect::promptlayer};

} // namespace weir::api
