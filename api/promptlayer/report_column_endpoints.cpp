#include "api/endpoints.hpp"
#include "api/promptlayer/report_column_params.hpp"
#include "api/read_json.hpp"

#include <boost/json/value.hpp>

#include <utility>

namespace asio = boost::asio;
namespace json = boost::json;

namespace weir::api::promptlayer
{

struct add_report_column_body : report_column_params {
    std::int64_t report_id = 0;
};
BOOST_DESCRIBE_STRUCT(add_report_column_body, (report_column_params), (report_id))

struct add_report_column_request {
    add_report_column_body body;
};
BOOST_DESCRIBE_STRUCT(add_report_column_request, (), (body))

struct report_column_answer {
    bool success = true;
    report_column_form report_column;
};
BOOST_DESCRIBE_STRUCT(report_column_answer, (), (success, report_column))

/// What is not given stays.
struct edit_report_column_body {
    std::optional<std::int64_t> report_id;
    std::optional<std::string> column_type, name;
    std::optional<json::value> configuration;
    std::optional<std::int64_t> position;
    std::optional<bool> is_part_of_score;
};
BOOST_DESCRIBE_STRUCT(edit_report_column_body, (),
                      (report_id, column_type, name, configuration, position, is_part_of_score))

struct edit_report_column_request {
    std::int64_t report_column_id = 0;
    edit_report_column_body body;
};
BOOST_DESCRIBE_STRUCT(edit_report_column_request, (), (report_column_id, body))

struct report_column_request {
    std::int64_t report_column_id = 0;
};
BOOST_DESCRIBE_STRUCT(report_column_request, (), (report_column_id))

namespace
{

using tried_column = tried<storage::report_column>;

failure no_such_column() { return not_found("there is no such report column"); }

failure not_a_blueprint() { return {errc::forbidden, "the columns of a run stay as they are: change its blueprint"}; }

storage::result<tried_column> add(storage::connection& db, storage::organization_id whose, std::int64_t report,
                                  checked_column const& column, std::int64_t now)
{
    auto const found = find_active_report(db, whose, report);
    if (!found) return found.error();
    if (!*found) return refused<storage::report_column>(no_such_report());
    if ((*found)->blueprint) return refused<storage::report_column>(not_a_blueprint());
    return add_column(db, whose, **found, column, "", now);
}

asio::awaitable<result<created<report_column_answer>>> add_report_column(add_report_column_request asked,
                                                                         services& with)
{
    auto column = check_column(asked.body, "");
    if (!column) co_return column.error();
    auto query = [whose = with.organization, report = asked.body.report_id, column = std::move(*column),
                  now = with.now_us()](storage::connection& db) { return add(db, whose, report, column, now); };
    auto const made = co_await try_to_write<storage::report_column>(std::move(query), with);
    if (!made) co_return made.error();
    co_return created<report_column_answer>{{true, form_of(*made)}};
}

/// A column that may be changed, in `value`, and its report.
storage::result<tried_column> find_column(storage::connection& db, storage::organization_id whose, std::int64_t id,
                                          std::optional<storage::report>& of)
{
    auto found = storage::find_report_column(db, whose, id);
    if (!found && found.error() == storage::errc::not_found) return refused<storage::report_column>(no_such_column());
    if (!found) return found.error();
    auto report = find_active_report(db, whose, found->report);
    if (!report) return report.error();
    if (!*report) return refused<storage::report_column>(no_such_column());
    if ((*report)->blueprint) return refused<storage::report_column>(not_a_blueprint());
    of = std::move(**report);
    return tried_column{std::move(*found), {}};
}

storage::result<tried_column> edit(storage::connection& db, storage::organization_id whose, std::int64_t id,
                                   edit_report_column_body const& to, std::int64_t now)
{
    std::optional<storage::report> report;
    auto found = find_column(db, whose, id, report);
    if (!found || found->why) return found;
    auto const& from = found->value;
    if (to.report_id && *to.report_id != from.report)
        return refused<storage::report_column>(invalid("report_id: is not the column's report"));
    report_column_params wish{to.column_type.value_or(from.type),
                              to.name.value_or(from.name),
                              {},
                              to.position,
                              to.is_part_of_score.value_or(from.is_part_of_score)};
    if (to.configuration)
        wish.configuration = *to.configuration;
    else if (auto const bad = parse_json(from.configuration, wish.configuration, "configuration"))
        return refused<storage::report_column>(invalid(*bad));
    auto const column = check_column(wish, "");
    if (!column) return refused<storage::report_column>(column.error());
    return change_column(db, whose, *report, from, *column, now);
}

asio::awaitable<result<bare<report_column_answer>>> edit_report_column(edit_report_column_request asked, services& with)
{
    auto query = [whose = with.organization, asked, now = with.now_us()](storage::connection& db) {
        return edit(db, whose, asked.report_column_id, asked.body, now);
    };
    auto const changed = co_await try_to_write<storage::report_column>(std::move(query), with);
    if (!changed) co_return changed.error();
    co_return bare<report_column_answer>{{true, form_of(*changed)}};
}

asio::awaitable<result<no_content>> delete_report_column(report_column_request asked, services& with)
{
    auto query = [whose = with.organization, id = asked.report_column_id,
                  now = with.now_us()](storage::connection& db) -> storage::result<tried_column> {
        std::optional<storage::report> report;
        auto found = find_column(db, whose, id, report);
        if (!found || found->why) return found;
        if (auto const done = storage::delete_report_column(db, found->value, now); !done) return done.error();
        return found;
    };
    auto const gone = co_await try_to_write<storage::report_column>(std::move(query), with);
    if (!gone) co_return gone.error();
    co_return no_content{};
}

constexpr endpoint report_column_entries[] = {
    changes(post<add_report_column>("/report-columns", "AddReportColumn", "Adds a column to a blueprint")),
    patch<edit_report_column>("/report-columns/{report_column_id}", "EditReportColumn",
                              "Changes a column of a blueprint, or moves it"),
    delete_<delete_report_column>("/report-columns/{report_column_id}", "DeleteReportColumn",
                                  "Deletes a column of a blueprint"),
};
static_assert(each_is_unique(report_column_entries));

} // namespace
} // namespace weir::api::promptlayer

namespace weir::api
{

constinit group const promptlayer_report_column_endpoints{"PromptLayer reports", promptlayer::report_column_entries,
                                                          false, dialect::promptlayer};

} // namespace weir::api
