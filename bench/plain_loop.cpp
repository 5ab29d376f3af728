#include "bench/plain_loop.hpp"

#include "storage/migrations.hpp"

#include <sqlite3.h>

#include <memory>
#include <stdexcept>

#include <time.h>

namespace weir::bench
{
namespace
{

/// As the recorder has them.
std::string const pragmas = "PRAGMA synchronous=NORMAL;PRAGMA wal_autocheckpoint=0;PRAGMA cache_size=-16384;";
constexpr int checkpoint_pages = 1024;

using database = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;
using statement = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

void check(int code, sqlite3* db)
{
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) throw std::runtime_error(sqlite3_errmsg(db));
}

database open(std::string const& path)
{
    sqlite3* db = nullptr;
    int const code = sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    database opened(db, &sqlite3_close);
    check(code, db);
    return opened;
}

statement prepare(sqlite3* db, std::string const& sql)
{
    sqlite3_stmt* made = nullptr;
    check(sqlite3_prepare_v3(db, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr), db);
    return {made, &sqlite3_finalize};
}

void run(sqlite3* db, std::string const& sql) { check(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), db); }

bool has_rows(sqlite3* db, std::string const& table)
{
    auto const any = prepare(db, "SELECT 1 FROM \"" + table + "\" LIMIT 1");
    return sqlite3_step(any.get()) == SQLITE_ROW;
}

std::string_view bytes_of(sqlite3_stmt* row, int column)
{
    auto const* data = static_cast<char const*>(sqlite3_column_blob(row, column));
    return {data ? data : "", static_cast<std::size_t>(sqlite3_column_bytes(row, column))};
}

stored value_of(sqlite3_stmt* row, int column, std::deque<std::string>& texts)
{
    switch (sqlite3_column_type(row, column)) {
    case SQLITE_INTEGER: return sqlite3_column_int64(row, column);
    case SQLITE_FLOAT: return sqlite3_column_double(row, column);
    case SQLITE_TEXT: return std::string_view(texts.emplace_back(bytes_of(row, column)));
    case SQLITE_BLOB: return stored_blob{texts.emplace_back(bytes_of(row, column))};
    default: return std::monostate{};
    }
}

table_rows read_table(sqlite3* db, std::string const& name)
{
    table_rows table;
    table.name = name;
    auto const rows = prepare(db, "SELECT * FROM \"" + name + "\"");
    table.columns = static_cast<std::size_t>(sqlite3_column_count(rows.get()));
    while (sqlite3_step(rows.get()) == SQLITE_ROW)
        for (int i = 0; i < static_cast<int>(table.columns); ++i)
            table.values.push_back(value_of(rows.get(), i, table.texts));
    return table;
}

void bind(sqlite3_stmt* to, int index, stored const& value)
{
    if (auto const* integer = std::get_if<std::int64_t>(&value))
        sqlite3_bind_int64(to, index, *integer);
    else if (auto const* real = std::get_if<double>(&value))
        sqlite3_bind_double(to, index, *real);
    else if (auto const* text = std::get_if<std::string_view>(&value))
        sqlite3_bind_text64(to, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
    else if (auto const* blob = std::get_if<stored_blob>(&value))
        sqlite3_bind_blob64(to, index, blob->bytes.data(), blob->bytes.size(), SQLITE_STATIC);
    else
        sqlite3_bind_null(to, index);
}

/// A table's INSERT, and the row that it takes next.
class inserter
{
public:
    inserter(sqlite3* db, table_rows const& from)
        : from_(from)
        , insert_(prepare(db, sql(from)))
    {
    }

    void insert_up_to(std::size_t row, sqlite3* db)
    {
        for (; next_ < row; ++next_) {
            auto const* values = from_.values.data() + next_ * from_.columns;
            for (std::size_t i = 0; i < from_.columns; ++i) bind(insert_.get(), static_cast<int>(i) + 1, values[i]);
            check(sqlite3_step(insert_.get()), db);
            sqlite3_reset(insert_.get());
        }
    }

    std::size_t count() const { return from_.count(); }

private:
    static std::string sql(table_rows const& into)
    {
        auto text = "INSERT INTO \"" + into.name + "\" VALUES (?";
        for (std::size_t i = 1; i < into.columns; ++i) text += ",?";
        return text + ")";
    }

    table_rows const& from_;
    statement insert_;
    std::size_t next_ = 0;
};

double seconds_of(clockid_t clock)
{
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

} // namespace

double wall_time() { return seconds_of(CLOCK_MONOTONIC); }
double thread_cpu() { return seconds_of(CLOCK_THREAD_CPUTIME_ID); }
double process_cpu() { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }

void make_database(std::string const& path)
{
    std::string problem;
    if (!storage::open_and_migrate(path, problem)) throw std::runtime_error(problem);
}

std::vector<table_rows> recorded_rows(std::string const& path)
{
    auto const empty_path = path + ".empty";
    make_database(empty_path);
    auto const empty = open(empty_path), db = open(path);

    std::vector<table_rows> tables;
    auto const names =
        prepare(db.get(), "SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite_%'"
                          " ORDER BY name");
    while (sqlite3_step(names.get()) == SQLITE_ROW) {
        std::string const name(bytes_of(names.get(), 0));
        if (has_rows(db.get(), name) && !has_rows(empty.get(), name)) tables.push_back(read_table(db.get(), name));
    }
    return tables;
}

effort write_rows(std::string const& path, std::vector<table_rows const*> const& tables, loop_options const& how)
{
    make_database(path);
    auto const db = open(path);
    run(db.get(), pragmas + how.schema);
    std::vector<inserter> inserters;
    for (auto const* table : tables) inserters.emplace_back(db.get(), *table);
    auto const begin = prepare(db.get(), "BEGIN IMMEDIATE"), commit = prepare(db.get(), "COMMIT");
    int wal_pages = 0;
    auto const note_pages = [](void* into, sqlite3*, char const*, int pages) {
        *static_cast<int*>(into) = pages;
        return SQLITE_OK;
    };
    sqlite3_wal_hook(db.get(), note_pages, &wal_pages);

    effort const before{wall_time(), thread_cpu()};
    for (std::size_t batch = 1; batch <= how.batches; ++batch) {
        check(sqlite3_step(begin.get()), db.get());
        if (how.before_batch) how.before_batch(batch);
        for (auto& i : inserters) i.insert_up_to(i.count() * batch / how.batches, db.get());
        check(sqlite3_step(commit.get()), db.get());
        sqlite3_reset(begin.get());
        sqlite3_reset(commit.get());
        if (wal_pages < checkpoint_pages) continue;
        check(sqlite3_wal_checkpoint_v2(db.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr), db.get());
    }
    return {wall_time() - before.seconds, thread_cpu() - before.cpu_seconds};
}

} // namespace weir::bench
