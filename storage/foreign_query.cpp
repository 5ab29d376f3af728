#include "storage/foreign_query.hpp"

#include "net/text.hpp"
#include "storage/connection.hpp"
#include "storage/foreign_dialect.hpp"
#include "storage/foreign_functions.hpp"
#include "storage/memory_budget.hpp"
#include "storage/random.hpp"
#include "storage/record_views.hpp"
#include "storage/sql_functions.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <set>

namespace weir::storage
{
namespace
{

using outcome = boost::system::result<foreign_answer, foreign_refusal>;
using statement_pointer = std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)>;

/// What the parser and the planner may make of a statement.
constexpr struct {
    int id, value;
} sqlite_limits[] = {
    {SQLITE_LIMIT_LENGTH, most_foreign_value},
    {SQLITE_LIMIT_SQL_LENGTH, most_foreign_sql},
    {SQLITE_LIMIT_COLUMN, 200},
    {SQLITE_LIMIT_EXPR_DEPTH, 100},
    {SQLITE_LIMIT_COMPOUND_SELECT, 50},
    {SQLITE_LIMIT_VDBE_OP, 200'000},
    {SQLITE_LIMIT_FUNCTION_ARG, 50},
    {SQLITE_LIMIT_ATTACHED, 0},
    {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000},
    {SQLITE_LIMIT_VARIABLE_NUMBER, 0},
    {SQLITE_LIMIT_TRIGGER_DEPTH, 0},
    {SQLITE_LIMIT_WORKER_THREADS, 0},
};

foreign_refusal wrong(std::string text) { return {make_error_code(errc::failed), std::move(text)}; }

bool is_view(std::string_view name)
{
    auto const views = record_views();
    return std::any_of(views.begin(), views.end(), [&](auto const& view) { return net::iequals(view.name, name); });
}

/// One statement's own connection.
///
/// What keeps it from other organisations' rows: the record is attached under a name that is made for this once, so
/// that only weir's views can name it; each of its tables is hidden behind an empty view of the same name, since a bare
/// name finds an attached table, too; and SQLite asks `authorize` of all else. It does not suffice to ask from within
/// which view a table is read: a user's WITH can go by the view's name, and the columns of USING are not asked for.
class sandbox
{
public:
    sandbox(connection& record, connection own, memory_budget const& budget, foreign_query_limits const& limits)
        : record_(record)
        , own_(std::move(own))
        , budget_(budget)
        , limits_(limits)
    {
    }

    result<void> prepare(organization_id organization);
    outcome run(std::string_view statement);

private:
    result<void> attach();
    result<void> hide_tables();
    result<void> add_views(organization_id organization);
    void lock();
    static int authorize(void* self, int action, char const* first, char const* second, char const* schema,
                         char const*);

    foreign_refusal refusal();
    static std::vector<std::string> columns_of(sqlite3_stmt* statement);
    static sql_value value_in(sqlite3_stmt* statement, int column, std::size_t& bytes);

    connection& record_;
    connection own_;
    memory_budget const& budget_;
    foreign_query_limits const& limits_;
    std::string schema_;                        ///< the secret name; the functions of its rows go by it, too
    std::set<std::string, std::less<>> hidden_; ///< tables
};

result<void> sandbox::prepare(organization_id organization)
{
    auto const id = random_uuid();
    if (!id) return id.error();
    schema_ = "w" + id->text();
    std::erase(schema_, '-');
    // What is sorted or kept aside stays in the memory that is counted, and never fills a disk.
    auto done = own_.execute_script("PRAGMA temp_store=MEMORY");
    if (done) done = attach();
    if (done) done = add_row_functions(own_, {schema_, schema_, schema_}, record_);
    if (done) done = replace_slow_functions(own_);
    if (done) done = add_views(organization);
    if (done) done = hide_tables();
    // Made here, since it takes writing into a schema, which is not allowed later.
    if (done) done = own_.execute_script("SELECT 1 FROM json_each('[]'),json_tree('[]')");
    if (done) lock();
    return done;
}

result<void> sandbox::attach()
{
    sql attach("ATTACH ");
    attach.bind(std::string(sqlite3_db_filename(record_.handle(), "main"))) << " AS " << schema_;
    auto attached = own_.query(attach);
    if (!attached) return attached.error();
    attached->next();
    if (attached->error()) return attached->error();
    return {};
}

result<void> sandbox::hide_tables()
{
    std::string views;
    sql const tables("SELECT name FROM " + schema_ + ".sqlite_schema WHERE type='table' ORDER BY name");
    auto found = own_.query(tables);
    if (!found) return found.error();
    while (found->next()) {
        auto const name = found->get<std::string>(0);
        if (is_view(name) || name.starts_with("sqlite_")) continue;
        hidden_.insert(name);
        views += "CREATE TEMP VIEW \"" + name + "\" AS SELECT NULL AS empty WHERE 0;";
    }
    if (found->error()) return found->error();
    return own_.execute_script(views);
}

result<void> sandbox::add_views(organization_id organization)
{
    std::string views;
    {
        auto found = record_.query("SELECT public_id FROM organization WHERE id=?1", organization);
        if (!found) return found.error();
        std::string const public_id = found->next() ? found->get<std::string>(0) : std::string();
        view_places const places{.schema = schema_,
                                 .organization = std::to_string(static_cast<std::int64_t>(organization)),
                                 .public_id = public_id,
                                 .row = schema_};
        for (auto const& view : record_views()) views += statement_of(view, places) + ';';
    }
    return own_.execute_script(views);
}

void sandbox::lock()
{
    auto* const db = own_.handle();
    for (auto const& limit : sqlite_limits) sqlite3_limit(db, limit.id, limit.value);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, nullptr); // a misspelt "column" is no text
    sqlite3_set_authorizer(db, authorize, this);
    auto const& early = record_.progress();
    own_.set_progress(early.asked, early.with);
}

int sandbox::authorize(void* self, int action, char const* first, char const* second, char const* schema, char const*)
{
    auto const& secret = static_cast<sandbox const*>(self)->schema_;
    auto const& hidden = static_cast<sandbox const*>(self)->hidden_;
    auto const text = [](char const* given) { return std::string_view(given ? given : ""); };
    // Of a WITH of which no column is used, as in count(*), this is all that is said.
    auto const is_plain_name = [&] {
        return !schema && text(second).empty() && !hidden.contains(text(first)) &&
               !net::istarts_with(text(first), "sqlite_");
    };
    bool allowed = false;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE: allowed = true; break;
    case SQLITE_FUNCTION: allowed = is_foreign_function(text(second)) || text(second) == secret; break;
    case SQLITE_READ:
        allowed = text(schema) == secret || is_view(text(first)) || text(first) == "json_each" ||
                  text(first) == "json_tree" || is_plain_name();
        break;
    default: break; // PRAGMA, ATTACH, whatever writes
    }
    return allowed ? SQLITE_OK : SQLITE_DENY;
}

foreign_refusal sandbox::refusal()
{
    if (budget_.is_spent())
        return wrong("the query takes more than " + std::to_string(limits_.memory >> 20U) +
                     " MiB of memory: read or sort fewer rows, or leave the bodies out");
    auto* const db = own_.handle();
    int const code = sqlite3_errcode(db) & 0xFF;
    if (budget_.is_interrupted() || code == SQLITE_INTERRUPT) return {make_error_code(errc::timed_out)};
    if (code == SQLITE_ERROR || code == SQLITE_AUTH || code == SQLITE_TOOBIG || code == SQLITE_RANGE ||
        code == SQLITE_MISMATCH)
        return wrong(sqlite3_errmsg(db));
    return {error_of(code)};
}

std::vector<std::string> sandbox::columns_of(sqlite3_stmt* statement)
{
    std::vector<std::string> names;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        auto const* given = sqlite3_column_name(statement, i);
        std::string const plain = given ? given : "";
        auto name = plain;
        for (int n = 1; std::find(names.begin(), names.end(), name) != names.end(); ++n)
            name = plain + ":" + std::to_string(n);
        names.push_back(std::move(name));
    }
    return names;
}

sql_value sandbox::value_in(sqlite3_stmt* statement, int column, std::size_t& bytes)
{
    bytes += sizeof(sql_value);
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER: return std::int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT: return sqlite3_column_double(statement, column);
    case SQLITE_NULL: return nullptr;
    default: break;
    }
    auto const is_text = sqlite3_column_type(statement, column) == SQLITE_TEXT;
    auto const* data = static_cast<char const*>(sqlite3_column_blob(statement, column));
    std::string_view const value(data ? data : "", static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
    bytes += value.size();
    return is_text ? std::string(value) : net::to_hex(value);
}

outcome sandbox::run(std::string_view statement)
{
    auto* const db = own_.handle();
    auto const prepare = [db](std::string_view text, char const*& rest) {
        sqlite3_stmt* made = nullptr;
        int const code = sqlite3_prepare_v2(db, text.data(), static_cast<int>(text.size()), &made, &rest);
        return std::pair(code, statement_pointer(made, sqlite3_finalize));
    };
    char const* rest = nullptr;
    auto const [code, first] = prepare(statement, rest);
    if (code != SQLITE_OK) return refusal();
    if (!first) return wrong("there is no statement");
    if (sqlite3_stmt_isexplain(first.get()) != 0 || sqlite3_stmt_readonly(first.get()) == 0)
        return wrong("only a SELECT is run");
    statement.remove_prefix(static_cast<std::size_t>(rest - statement.data()));
    if (auto const [failed, second] = prepare(statement, rest); failed != SQLITE_OK || second)
        return wrong("only one statement is run at once");

    foreign_answer answer{columns_of(first.get()), {}};
    std::size_t bytes = 0, bytes_of_names = 0;
    for (auto const& name : answer.columns) bytes_of_names += name.size();
    for (;;) {
        int const step = sqlite3_step(first.get());
        if (step == SQLITE_DONE) break;
        if (step != SQLITE_ROW) return refusal();
        if (answer.rows.size() == limits_.rows)
            return wrong("the answer has more than " + std::to_string(limits_.rows) +
                         " rows: add a LIMIT, or aggregate; an export has no such limit");
        auto& row = answer.rows.emplace_back();
        bytes += bytes_of_names; // each row is answered with them
        for (int i = 0; i < static_cast<int>(answer.columns.size()); ++i)
            row.push_back(value_in(first.get(), i, bytes));
        if (bytes > limits_.bytes)
            return wrong(
                "the answer has more than " + std::to_string(limits_.bytes >> 20U) +
                " MiB: ask for fewer rows or columns, or for parts of the bodies; an export has no such limit");
    }
    if (budget_.is_spent()) return refusal(); // within a function, whose value would be NULL
    return answer;
}

} // namespace

outcome run_foreign_query(connection& db, organization_id organization, std::string_view statement,
                          foreign_query_limits const& limits)
{
    if (statement.find('\0') != statement.npos) return wrong("there is a NUL in the statement");
    memory_budget budget(limits.memory, db.progress());
    auto const unprepared = [&budget](boost::system::error_code why) { // the budget refuses memory once time is over
        return foreign_refusal(budget.is_interrupted() ? make_error_code(errc::timed_out) : why);
    };
    auto own = connection::open(":memory:", connection::mode::read_only);
    if (!own) return unprepared(own.error());
    sandbox with(db, std::move(*own), budget, limits);
    if (auto const ready = with.prepare(organization); !ready) return unprepared(ready.error());
    return with.run(with_members_as_sqlite_has_them(statement));
}

} // namespace weir::storage
