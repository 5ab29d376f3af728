#include "api/endpoints.hpp"
#include "api/promptlayer/report_column_params.hpp"
#include "storage/dataset_versions.hpp"

#include <algorithm>
#include <utility>

namespace asio = boost::asio;
namespace json = boost::json;

namespace weir::api::promptlayer
{

/// Of the first age with `test_dataset_id`, which is a dataset's; of the second with `dataset_group_id`.
struct create_report_body {
    std::optional<std::string> name;
    std::optional<std::int64_t> test_dataset_id, dataset_group_id, dataset_version_number, workspace_id;
    std::optional<std::vector<report_column_params>> columns;
    std::optional<json::value> score_configuration;
    std::optional<std::vector<external_id_form>> external_ids;
};
BOOST_DESCRIBE_STRUCT(create_report_body, (),
                      (name, test_dataset_id, dataset_group_id, dataset_version_number, workspace_id, columns,
                       score_configuration, external_ids))

struct create_report_request {
    create_report_body body;
};
BOOST_DESCRIBE_STRUCT(create_report_request, (), (body))

struct create_report_answer {
    bool success = true;
    std::string message;
    std::int64_t report_id = 0;
    std::optional<std::vector<report_column_form>> report_columns;
    std::optional<std::vector<external_id_form>> external_ids;
};
BOOST_DESCRIBE_STRUCT(create_report_answer, (), (success, message, report_id, report_columns, external_ids))

struct report_request {
    std::int64_t report_id = 0;
};
BOOST_DESCRIBE_STRUCT(report_request, (), (report_id))

struct report_answer {
    bool success = true;
    std::string message;
    report_form report;
    report_status status = report_status::COMPLETED;
    report_stats stats;
    std::vector<report_column_form> report_columns;
};
BOOST_DESCRIBE_STRUCT(report_answer, (), (success, message, report, status, stats, report_columns))

struct report_score_answer {
    bool success = true;
    std::string message;
    report_score_form score;
};
BOOST_DESCRIBE_STRUCT(report_score_answer, (), (success, message, score))

struct score_card_body {
    std::vector<std::string> column_names;
    std::optional<json::value> code, code_language;
};
BOOST_DESCRIBE_STRUCT(score_card_body, (), (column_names, code, code_language))

struct score_card_request {
    std::int64_t report_id = 0;
    score_card_body body;
};
BOOST_DESCRIBE_STRUCT(score_card_request, (), (report_id, body))

struct rename_report_body {
    std::optional<std::string> name;
    std::optional<std::vector<std::string>> tags;
};
BOOST_DESCRIBE_STRUCT(rename_report_body, (), (name, tags))

struct rename_report_request {
    std::int64_t report_id = 0;
    rename_report_body body;
};
BOOST_DESCRIBE_STRUCT(rename_report_request, (), (report_id, body))

struct changed_report_answer {
    bool success = true;
    report_form report;
};
BOOST_DESCRIBE_STRUCT(changed_report_answer, (), (success, report))

struct reports_by_name_request {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(reports_by_name_request, (), (name))

namespace
{

failure runs_no_code(std::string const& field)
{
    return invalid(field + ": weir runs no code of scores; mark the columns that count, with is_part_of_score");
}

/// A report with its columns.
struct whole_report {
    storage::report report;
    std::vector<storage::report_column> columns;
};

storage::result<whole_report> find_whole(storage::connection& db, storage::organization_id whose, std::int64_t id)
{
    auto report = storage::find_report(db, whose, id);
    if (!report) return report.error();
    auto columns = storage::list_report_columns(db, id);
    if (!columns) return columns.error();
    return whole_report{std::move(*report), std::move(*columns)};
}

/// What a body asks for, as far as it can be checked without the store.
struct report_wish {
    create_report_body body;
    std::vector<checked_column> columns;
    std::vector<storage::external_name> external_ids;
};

result<report_wish> read_wish(create_report_body body)
{
    bool const is_first_age = body.test_dataset_id.has_value();
    if (auto bad = problem_with_workspace(body.workspace_id)) return *bad;
    if (is_first_age && !body.name) return unprocessable("name: is required");
    if (!is_first_age && !body.dataset_group_id) return unprocessable("dataset_group_id: is required");
    if (body.name)
        if (auto bad = problem_with_report_name("name", *body.name)) return *bad;
    if (body.score_configuration && !body.score_configuration->is_null()) return runs_no_code("score_configuration");
    if (body.dataset_version_number && *body.dataset_version_number < 1)
        return invalid("dataset_version_number: must be that of a published version, 1 or more");
    auto ids = read_external_ids(body.external_ids.value_or(std::vector<external_id_form>()));
    if (!ids) return ids.error();
    report_wish wish;
    wish.external_ids = std::move(*ids);
    auto const& columns = body.columns.value_or(std::vector<report_column_params>());
    if (std::ssize(columns) > most_report_columns) return unprocessable("columns: at most 50");
    for (std::size_t i = 0; i < columns.size(); ++i) {
        auto column = check_column(columns[i], "columns[" + std::to_string(i) + "].");
        if (!column) return column.error();
        wish.columns.push_back(std::move(*column));
    }
    wish.body = std::move(body);
    return wish;
}

/// The version that is to be evaluated.
storage::result<tried<std::int64_t>> dataset_of(storage::connection& db, storage::organization_id whose,
                                                create_report_body const& body)
{
    if (body.test_dataset_id) {
        auto const found = storage::find_dataset_version(db, whose, *body.test_dataset_id);
        if (!found && found.error() != storage::errc::not_found) return found.error();
        if (!found || found->group.is_deleted)
            return refused<std::int64_t>(not_found("test_dataset_id: there is no such dataset"));
        if (found->version_number == storage::draft_number)
            return refused<std::int64_t>(invalid("test_dataset_id: is a draft, which must be published first"));
        return tried<std::int64_t>{found->id, {}};
    }
    auto const group = storage::find_dataset_group(db, whose, *body.dataset_group_id);
    if (!group && group.error() != storage::errc::not_found) return group.error();
    if (!group || group->is_deleted) return refused<std::int64_t>(no_such_group());
    auto const found = storage::find_published_version(db, whose, group->id, body.dataset_version_number);
    if (!found && found.error() != storage::errc::not_found) return found.error();
    if (!found && body.dataset_version_number)
        return refused<std::int64_t>(not_found("dataset_version_number: there is no such version"));
    if (!found) return refused<std::int64_t>(invalid("dataset_group_id: the group has no published version"));
    return tried<std::int64_t>{found->id, {}};
}

storage::result<tried<whole_report>> make_report(storage::connection& db, storage::organization_id whose,
                                                 report_wish const& wish, std::int64_t now)
{
    auto const dataset = dataset_of(db, whose, wish.body);
    if (!dataset) return dataset.error();
    if (dataset->why) return refused<whole_report>(*dataset->why);
    auto report =
        storage::create_report(db, whose, {wish.body.name.value_or(""), dataset->value, wish.external_ids}, now);
    if (!report && report.error() == storage::errc::conflict)
        return refused<whole_report>(conflict("external_ids: one of them is another report's"));
    if (!report) return report.error();
    for (std::size_t i = 0; i < wish.columns.size(); ++i) {
        auto const prefix = "columns[" + std::to_string(i) + "].";
        auto const added = add_column(db, whose, *report, wish.columns[i], prefix, now);
        if (!added) return added.error();
        if (added->why) return refused<whole_report>(*added->why);
    }
    auto made = find_whole(db, whose, report->id);
    if (!made) return made.error();
    return tried<whole_report>{std::move(*made), {}};
}

asio::awaitable<result<sent_with_one_of<create_report_answer, 200, 201>>> create_report(create_report_request asked,
                                                                                        services& with)
{
    bool const is_first_age = asked.body.test_dataset_id.has_value();
    auto wish = read_wish(std::move(asked.body));
    if (!wish) co_return wish.error();
    auto query = [whose = with.organization, wish = std::move(*wish), now = with.now_us()](storage::connection& db) {
        return make_report(db, whose, wish, now);
    };
    auto made = co_await try_to_write<whole_report>(std::move(query), with);
    if (!made) co_return made.error();
    create_report_answer answer;
    answer.message = "Report created successfully";
    answer.report_id = made->report.id;
    constexpr int in_first_age = 200, in_second_age = 201;
    if (is_first_age) co_return sent_with_one_of<create_report_answer, 200, 201>{std::move(answer), in_first_age};
    answer.report_columns.emplace();
    for (auto const& column : made->columns) answer.report_columns->push_back(form_of(column));
    answer.external_ids = forms_of(made->report.external_ids);
    co_return sent_with_one_of<create_report_answer, 200, 201>{std::move(answer), in_second_age};
}

asio::awaitable<result<whole_report>> read_whole(std::int64_t id, services& with)
{
    auto const query = [whose = with.organization, id](storage::connection& db) { return find_whole(db, whose, id); };
    auto found = co_await with.store.read(query);
    if (!found && found.error() == storage::errc::not_found) co_return no_such_report();
    if (!found) co_return found.error();
    co_return std::move(*found);
}

asio::awaitable<result<bare<report_answer>>> get_report(report_request asked, services& with)
{
    auto const found = co_await read_whole(asked.report_id, with);
    if (!found) co_return found.error();
    report_answer answer;
    answer.message = "Report retrieved successfully";
    answer.report = form_of(found->report, found->columns);
    answer.status = status_of(found->report);
    answer.stats = stats_of(found->report);
    for (auto const& column : found->columns) answer.report_columns.push_back(form_of(column));
    co_return bare<report_answer>{std::move(answer)};
}

asio::awaitable<result<bare<report_score_answer>>> get_score(report_request asked, services& with)
{
    auto const found = co_await read_whole(asked.report_id, with);
    if (!found) co_return found.error();
    if (!found->report.blueprint) co_return invalid("a blueprint has no score: its runs have");
    report_score_answer answer;
    answer.message = "Score retrieved successfully";
    answer.score = score_of(found->report, found->columns);
    co_return bare<report_score_answer>{std::move(answer)};
}

storage::result<tried<whole_report>> set_score_card(storage::connection& db, storage::organization_id whose,
                                                    std::int64_t id, std::vector<std::string> const& names,
                                                    std::int64_t now)
{
    auto const report = find_active_report(db, whose, id);
    if (!report) return report.error();
    if (!*report) return refused<whole_report>(no_such_report());
    auto const columns = storage::list_report_columns(db, id);
    if (!columns) return columns.error();
    for (std::size_t i = 0; i < names.size(); ++i)
        if (std::none_of(columns->begin(), columns->end(),
                         [&name = names[i]](auto const& column) { return column.name == name; }))
            return refused<whole_report>(
                invalid("column_names[" + std::to_string(i) + "]: the report has no such column"));
    if (auto const done = storage::set_score_columns(db, id, names, now); !done) return done.error();
    auto changed = find_whole(db, whose, id);
    if (!changed) return changed.error();
    return tried<whole_report>{std::move(*changed), {}};
}

asio::awaitable<result<bare<changed_report_answer>>> change_score_card(score_card_request asked, services& with)
{
    if (asked.body.code && !asked.body.code->is_null()) co_return runs_no_code("code");
    if (std::ssize(asked.body.column_names) > most_report_columns) co_return unprocessable("column_names: at most 50");
    auto query = [whose = with.organization, id = asked.report_id, names = asked.body.column_names,
                  now = with.now_us()](storage::connection& db) { return set_score_card(db, whose, id, names, now); };
    auto const changed = co_await try_to_write<whole_report>(std::move(query), with);
    if (!changed) co_return changed.error();
    changed_report_answer answer;
    answer.report = form_of(changed->report, changed->columns);
    co_return bare<changed_report_answer>{std::move(answer)};
}

storage::result<tried<whole_report>> rename(storage::connection& db, storage::organization_id whose, std::int64_t id,
                                            rename_report_body const& to, std::int64_t now)
{
    auto const report = find_active_report(db, whose, id);
    if (!report) return report.error();
    if (!*report) return refused<whole_report>(no_such_report());
    if (auto const done = storage::rename_report(db, id, to.name, to.tags, now); !done) return done.error();
    auto changed = find_whole(db, whose, id);
    if (!changed) return changed.error();
    return tried<whole_report>{std::move(*changed), {}};
}

asio::awaitable<result<bare<changed_report_answer>>> rename_report(rename_report_request asked, services& with)
{
    auto const& body = asked.body;
    if (!body.name && !body.tags) co_return invalid("name: either this or tags is needed");
    if (body.name)
        if (auto const bad = problem_with_report_name("name", *body.name)) co_return *bad;
    if (body.tags)
        if (auto const bad = problem_with_tags(*body.tags)) co_return *bad;
    auto query = [whose = with.organization, asked, now = with.now_us()](storage::connection& db) {
        return rename(db, whose, asked.report_id, asked.body, now);
    };
    auto const changed = co_await try_to_write<whole_report>(std::move(query), with);
    if (!changed) co_return changed.error();
    changed_report_answer answer;
    answer.report = form_of(changed->report, changed->columns);
    co_return bare<changed_report_answer>{std::move(answer)};
}

asio::awaitable<result<bare<done_answer>>> archive_report(report_request asked, services& with)
{
    auto query = [whose = with.organization, id = asked.report_id,
                  now = with.now_us()](storage::connection& db) -> storage::result<tried<std::int64_t>> {
        auto const report = find_active_report(db, whose, id);
        if (!report) return report.error();
        if (!*report) return refused<std::int64_t>(no_such_report());
        if (auto const done = storage::delete_report(db, id, now); !done) return done.error();
        return tried<std::int64_t>{id, {}};
    };
    auto const done = co_await try_to_write<std::int64_t>(std::move(query), with);
    if (!done) co_return done.error();
    co_return bare<done_answer>{{true, "Report archived"}};
}

asio::awaitable<result<bare<done_answer>>> archive_reports(reports_by_name_request asked, services& with)
{
    auto const write = [whose = with.organization, name = asked.name, now = with.now_us()](storage::connection& db) {
        return storage::delete_reports(db, whose, name, now);
    };
    auto const gone = co_await with.store.write(write);
    if (!gone) co_return gone.error();
    if (*gone == 0) co_return not_found("there is no report of that name");
    done_answer answer;
    answer.message = std::to_string(*gone) + (*gone == 1 ? " report archived" : " reports archived");
    co_return bare<done_answer>{std::move(answer)};
}

constexpr endpoint report_entries[] = {
    changes(post<create_report>("/reports", "CreateReport", "Makes a blueprint of evaluations of a dataset")),
    get<get_report>("/reports/{report_id}", "GetReport", "A blueprint or a run, and how far it has come"),
    get<get_score>("/reports/{report_id}/score", "GetReportScore", "What a run comes to"),
    patch<change_score_card>("/reports/{report_id}/score-card", "UpdateReportScoreCard",
                             "Says which columns count for the score"),
    patch<rename_report>("/reports/{report_id}/rename", "RenameReport", "Gives a report another name, or tags"),
    delete_<archive_report>("/reports/{report_id}", "DeleteReport", "Archives a report"),
    delete_<archive_reports>("/reports/name/{name...}", "DeleteReportsByName", "Archives all reports of a name"),
};
static_assert(each_is_unique(report_entries));

} // namespace
} // namespace weir::api::promptlayer

namespace weir::api
{

constinit group const promptlayer_report_endpoints{"PromptLayer reports", promptlayer::report_entries, false,
                                                   dialect::promptlayer};

} // namespace weir::api
