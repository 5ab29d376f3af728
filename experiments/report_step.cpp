#include "experiments/report_step.hpp"

#include "log/log.hpp"
#include "prompts/stored_json.hpp"
#include "storage/connection.hpp"
#include "storage/random.hpp"
#include "storage/requests.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>
#include <exception>
#include <type_traits>

namespace weir::experiments
{

namespace json = boost::json;
using evaluation::cell_result;
using evaluation::row_cells;
using storage::cell_status;
using storage::result;

namespace
{

/// Null where it cannot be read.
json::value parsed(std::string const& text)
{
    boost::system::error_code bad;
    return prompts::parse_stored(text, bad);
}

row_cells dataset_cells(report_plan const& plan, std::string const& stored)
{
    row_cells cells;
    auto values = parsed(stored);
    auto* const array = values.if_array();
    for (std::size_t i = 0; i < plan.dataset_columns.size(); ++i)
        cells[plan.dataset_columns[i]] = array && i < array->size() ? std::move((*array)[i]) : json::value();
    return cells;
}

/// Why a column can do nothing in a row; empty: it can. `at` is its place.
std::string problem_with_sources(report_plan const& plan, std::size_t at, row_cells const& cells)
{
    auto const& column = plan.columns[at];
    if (!column.read) return column.problem;
    std::size_t failed = 0;
    for (auto const& source : column.read->sources) {
        if (cells.contains(source)) continue;
        auto const end = plan.columns.begin() + static_cast<std::ptrdiff_t>(at);
        bool const is_there =
            std::any_of(plan.columns.begin(), end, [&source](auto const& one) { return one.stored.name == source; });
        if (!is_there) return "there is no column \"" + source + "\" to the left of this one";
        if (column.read->needs_all) return "its source \"" + source + "\" failed";
        ++failed;
    }
    return failed > 0 && failed == column.read->sources.size() ? "all its sources failed" : "";
}

/// Does the work for one cell, of which a fault is no other's. Then its text is in `problem`.
template <class Work>
auto guarded(Work work, std::string& problem) -> std::invoke_result_t<Work&>
{
    try {
        return work();
    } catch (std::exception const& fault) {
        log::error("a report's cell failed by a fault of weir's own", {{"reason", fault.what()}});
        problem = "a fault of weir's own; the log has it";
        return {};
    }
}

cell_result run(evaluation::column_function const& function, row_cells const& cells)
{
    std::string problem;
    auto filled = guarded([&] { return function(cells); }, problem);
    return problem.empty() ? filled : cell_result{std::nullopt, problem};
}

/// The body of the good answer to a call that is in the record; none when there is none.
result<std::optional<std::string>> recorded_answer(storage::connection& db, storage::organization_id organization,
                                                   storage::uuid const& request)
{
    auto const found = storage::find_request(db, organization, request);
    if (!found && found.error() == storage::errc::not_found) return std::optional<std::string>();
    if (!found) return found.error();
    auto const& record = found->record;
    if (record.status / 100 != 2 || !record.stream_error.empty()) return std::optional<std::string>();
    auto bodies = storage::find_bodies(db, record.id);
    if (!bodies && bodies.error() == storage::errc::not_found) return std::optional<std::string>();
    if (!bodies) return bodies.error();
    return std::optional(std::move(bodies->response));
}

result<report_call> plan_call(storage::connection& db, storage::organization_id organization,
                              evaluation::report_column const& column, row_cells const& cells)
{
    std::string problem;
    auto const plan = [&]() -> result<report_call> {
        if (auto const* const assertion = std::get_if<evaluation::assertion_column>(&column.fill))
            return plan_report_call(*assertion, cells);
        return plan_report_call(db, organization, std::get<evaluation::template_column>(column.fill), cells);
    };
    auto planned = guarded(plan, problem);
    if (planned && !problem.empty()) planned->problem = problem;
    return planned;
}

cell_result read_answer(evaluation::report_column const& column, row_cells const& cells, std::string const& body)
{
    if (auto const* const assertion = std::get_if<evaluation::assertion_column>(&column.fill))
        return read_report_answer(*assertion, cells, body);
    return read_report_answer(std::get<evaluation::template_column>(column.fill), cells, body);
}

/// The share of what is true in an object of booleans.
std::optional<double> share_of_true(json::object const& of)
{
    auto const is_true = [](auto const& member) { return member.value().is_bool() && member.value().get_bool(); };
    auto const is_boolean = [](auto const& member) { return member.value().is_bool(); };
    if (of.empty() || !std::all_of(of.begin(), of.end(), is_boolean)) return std::nullopt;
    return static_cast<double>(std::count_if(of.begin(), of.end(), is_true)) / static_cast<double>(of.size());
}

/// What a value counts in a score.
void count(json::value const& value, storage::cell_change& to)
{
    if (auto const* const truth = value.if_bool())
        to.number = *truth ? 1 : 0;
    else if (auto const* const object = value.if_object())
        to.number = share_of_true(*object);
    else if (value.is_number() && std::isfinite(value.to_number<double>()))
        to.number = value.to_number<double>();
    to.is_boolean = to.number && !value.is_number();
}

/// Makes the changes of a row, one column after the other.
class stepping
{
public:
    stepping(storage::connection& db, std::shared_ptr<report_plan const> plan, storage::due_report_row const& row)
        : db_(db)
        , plan_(std::move(plan))
        , row_(row)
    {
        made_.changes.row = row.id;
        made_.changes.report = row.report;
    }

    result<report_step> make()
    {
        auto const content = storage::find_report_row(db_, row_.id);
        if (!content) return content.error();
        cells_ = dataset_cells(*plan_, content->dataset_cells);
        for (std::size_t at = 0; at < plan_->columns.size() && !made_.call; ++at) {
            auto const id = plan_->columns[at].stored.id;
            auto const cell = std::find_if(content->cells.begin(), content->cells.end(),
                                           [id](auto const& one) { return one.column == id; });
            if (cell == content->cells.end() || cell->status == cell_status::failed) continue;
            if (cell->status == cell_status::completed)
                cells_[plan_->columns[at].stored.name] = parsed(cell->value.value_or("null"));
            else if (auto const filled = fill(at, *cell); !filled)
                return filled.error();
        }
        made_.changes.after = made_.call ? storage::row_step::state::running : storage::row_step::state::ended;
        return std::move(made_);
    }

private:
    result<void> fill(std::size_t at, storage::stored_cell const& cell)
    {
        auto const& column = plan_->columns[at];
        if (auto const problem = problem_with_sources(*plan_, at, cells_); !problem.empty()) {
            put(at, cell, {std::nullopt, problem});
            return {};
        }
        if (auto const* const function = std::get_if<evaluation::column_function>(&column.read->fill)) {
            put(at, cell, run(*function, cells_));
            return {};
        }
        if (cell.request) {
            auto const known = recorded_answer(db_, row_.organization, *cell.request);
            if (!known) return known.error();
            if (*known) {
                put(at, cell, read_answer(*column.read, cells_, **known));
                return {};
            }
        }
        return begin_call(at, cell);
    }

    result<void> begin_call(std::size_t at, storage::stored_cell const& cell)
    {
        auto call = plan_call(db_, row_.organization, *plan_->columns[at].read, cells_);
        if (!call) return call.error();
        if (!call->problem.empty()) {
            put(at, cell, {std::nullopt, call->problem});
            return {};
        }
        auto const request = storage::random_uuid();
        if (!request) return request.error();
        storage::cell_change change{.column = cell.column, .status = cell_status::running};
        change.request = *request;
        change.attempts = cell.attempts + 1;
        made_.changes.cells.push_back(change);
        made_.call = cell_call{plan_, at, {}, row_, *request, change.attempts, std::move(*call)};
        for (auto const& source : plan_->columns[at].read->sources)
            if (auto const found = cells_.find(source); found != cells_.end()) made_.call->cells.insert(*found);
        return {};
    }

    void put(std::size_t at, storage::stored_cell const& cell, cell_result const& filled)
    {
        auto change = change_of(cell.column, filled);
        change.request = cell.request;
        change.attempts = cell.attempts;
        if (change.status == cell_status::completed) cells_[plan_->columns[at].stored.name] = *filled.value;
        made_.changes.cells.push_back(std::move(change));
    }

    storage::connection& db_;
    std::shared_ptr<report_plan const> const plan_;
    storage::due_report_row const row_;
    row_cells cells_;
    report_step made_;
};

} // namespace

result<std::shared_ptr<report_plan const>> load_report_plan(storage::connection& db, std::int64_t run)
{
    auto names = storage::dataset_columns_of(db, run);
    if (!names) return names.error();
    auto columns = storage::list_report_columns(db, run);
    if (!columns) return columns.error();
    auto plan = std::make_shared<report_plan>();
    plan->dataset_columns = std::move(*names);
    for (auto& stored : *columns) {
        auto& column = plan->columns.emplace_back();
        column.read = evaluation::read_report_column(stored.type, parsed(stored.configuration), column.problem);
        column.stored = std::move(stored);
    }
    return std::shared_ptr<report_plan const>(std::move(plan));
}

result<report_step> make_report_step(storage::connection& db, std::shared_ptr<report_plan const> plan,
                                     storage::due_report_row const& row)
{
    return stepping(db, std::move(plan), row).make();
}

storage::cell_change change_of(std::int64_t column, cell_result const& filled)
{
    storage::cell_change change{.column = column, .status = cell_status::failed};
    if (!filled.value) {
        change.error = filled.problem;
        return change;
    }
    auto text = json::serialize(*filled.value);
    if (text.size() > evaluation::most_cell_bytes) {
        change.error = "the value is longer than 1 MiB";
        return change;
    }
    change.status = cell_status::completed;
    change.value = std::move(text);
    count(*filled.value, change);
    return change;
}

storage::cell_change change_of(cell_call const& call, std::string const& body)
{
    auto const& column = call.plan->columns[call.column];
    auto change = change_of(column.stored.id, read_answer(*column.read, call.cells, body));
    change.request = call.request;
    change.attempts = call.attempts;
    return change;
}

} // namespace weir::experiments
