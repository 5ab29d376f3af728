#include "api/endpoints.hpp"
#include "api/sql_types.hpp"
#include "api/write_json.hpp"
#include "net/text.hpp"
#include "net/time_text.hpp"
#include "storage/foreign_query.hpp"
#include "storage/keys.hpp"
#include "storage/record_views.hpp"
#include "storage/saved_queries.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace weir::api
{

struct execute_sql_request {
    execute_sql_params body;
};
BOOST_DESCRIBE_STRUCT(execute_sql_request, (), (body))

struct create_saved_query_request {
    create_saved_query_params body;
};
BOOST_DESCRIBE_STRUCT(create_saved_query_request, (), (body))

struct update_saved_query_request {
    update_saved_query_params body;
};
BOOST_DESCRIBE_STRUCT(update_saved_query_request, (), (body))

namespace
{

asio::awaitable<result<std::vector<sql_table>>> sql_schema(nothing, services&)
{
    std::vector<sql_table> tables;
    for (auto const& view : storage::record_views()) {
        auto& table = tables.emplace_back(sql_table{std::string(view.name), {}});
        for (auto const& column : view.columns) {
            auto& shown = table.columns.emplace_back();
            shown.name = column.name;
            shown.type = column.type;
            if (!column.comment.empty()) shown.comment = std::string(column.comment);
        }
    }
    co_return tables;
}

raw_json json_of(storage::sql_value const& value)
{
    raw_json made;
    if (auto const* integer = std::get_if<std::int64_t>(&value)) made.text = to_json(*integer);
    if (auto const* real = std::get_if<double>(&value)) made.text = to_json(*real);
    if (auto const* text = std::get_if<std::string>(&value)) made.text = to_json(*text);
    return made;
}

asio::awaitable<result<std::vector<sql_row>>> execute_sql(execute_sql_request asked, services& with)
{
    auto const query = [whose = with.organization, statement = std::move(asked.body.sql)](storage::connection& db) {
        return storage::run_foreign_query(db, whose, statement);
    };
    auto const found = co_await with.analysis.read(query);
    if (!found && !found.error().text.empty()) co_return invalid("sql: " + found.error().text);
    if (!found && found.error().code == storage::errc::timed_out)
        co_return invalid("sql: the query took too long: read fewer rows, or leave the bodies out");
    if (!found) co_return found.error().code;

    std::vector<sql_row> shown;
    for (auto const& values : found->rows) {
        auto& row = shown.emplace_back();
        for (std::size_t i = 0; i < values.size(); ++i) row.emplace_back(found->columns[i], json_of(values[i]));
    }
    co_return shown;
}

hql_saved_query shown_query(storage::saved_query const& from)
{
    return {.id = from.id.text(),
            .organization_id = from.organization,
            .name = from.name,
            .sql = from.sql,
            .created_at = net::time_text(from.created_us),
            .updated_at = net::time_text(from.updated_us)};
}

/// What is wrong with a query that is to be kept. Whether it runs shows when it is run.
std::optional<failure> problem_with_query(create_saved_query_params const& query)
{
    if (auto const problem = storage::problem_with_name(query.name)) return invalid("name: " + *problem);
    if (net::trimmed(query.sql).empty()) return invalid("sql: is empty");
    if (query.sql.size() > static_cast<std::size_t>(storage::most_foreign_sql))
        return invalid("sql: is longer than " + std::to_string(storage::most_foreign_sql) + " bytes");
    return std::nullopt;
}

asio::awaitable<result<std::vector<hql_saved_query>>> saved_queries(nothing, services& with)
{
    auto const query = [whose = with.organization](storage::connection& db) {
        return storage::saved_queries(db, whose);
    };
    auto const found = co_await with.store.read(query);
    if (!found) co_return found.error();
    std::vector<hql_saved_query> shown;
    for (auto const& one : *found) shown.push_back(shown_query(one));
    co_return shown;
}

asio::awaitable<result<std::vector<hql_saved_query>>> create_saved_query(create_saved_query_request asked,
                                                                         services& with)
{
    if (auto const problem = problem_with_query(asked.body)) co_return *problem;
    auto const add = [whose = with.organization, what = std::move(asked.body),
                      at = with.now_us()](storage::connection& db) {
        return storage::add_saved_query(db, whose, what.name, what.sql, at);
    };
    auto const made = co_await with.store.write(add);
    if (!made && made.error() == storage::errc::conflict)
        co_return conflict("there are " + std::to_string(storage::most_saved_queries) + " saved queries already");
    if (!made) co_return made.error();
    std::vector<hql_saved_query> shown;
    shown.push_back(shown_query(*made));
    co_return shown;
}

asio::awaitable<result<hql_saved_query>> update_saved_query(update_saved_query_request asked, services& with)
{
    if (auto const problem = problem_with_query(asked.body)) co_return *problem;
    auto const id = storage::uuid::parse(asked.body.id);
    if (!id) co_return not_found("Saved query not found");
    auto const change = [whose = with.organization, id = *id, what = std::move(asked.body),
                         at = with.now_us()](storage::connection& db) {
        return storage::change_saved_query(db, whose, id, what.name, what.sql, at);
    };
    auto const changed = co_await with.store.write(change);
    if (!changed && changed.error() == storage::errc::not_found) co_return not_found("Saved query not found");
    if (!changed) co_return changed.error();
    co_return shown_query(*changed);
}

constexpr endpoint sql_entries[] = {
    get<sql_schema>("/v1/helicone-sql/schema", "GetClickHouseSchema", "The views that SQL may read, and their columns"),
    post<execute_sql>("/v1/helicone-sql/execute", "ExecuteSql", "Runs one SELECT over those views"),
    get<saved_queries>("/v1/helicone-sql/saved-queries", "GetSavedQueries", "The organisation's saved queries"),
    changes(post<create_saved_query>("/v1/helicone-sql/saved-query", "CreateSavedQuery", "Saves a query")),
    put<update_saved_query>("/v1/helicone-sql/saved-query", "UpdateSavedQuery", "Changes a saved query"),
};
static_assert(each_is_unique(sql_entries));

} // namespace

constinit group const sql_endpoints{"HeliconeSql", sql_entries};

} // namespace weir::api
