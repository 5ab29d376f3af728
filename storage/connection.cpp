#include "storage/connection.hpp"

#include "storage/mapped_files.hpp"
#include "storage/memory_budget.hpp"
#include "storage/spare_statements.hpp"
#include "storage/sql.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <utility>

namespace weir::storage
{

using boost::system::error_code;

namespace
{

/// How long a statement waits for a lock.
constexpr int lock_patience_ms = 1000;

struct storage_category final : boost::system::error_category {
    char const* name() const noexcept override { return "weir.storage"; }
    std::string message(int code) const override
    {
        switch (static_cast<errc>(code)) {
        case errc::not_found: return "not found";
        case errc::conflict: return "a constraint refused the row";
        case errc::busy: return "the database is busy";
        case errc::full: return "the disk is full";
        case errc::damaged: return "the database file is damaged";
        case errc::foreign: return "not a database of this version of weir";
        case errc::io: return "the database file cannot be read or written";
        case errc::timed_out: return "the query took too long";
        case errc::too_large: return "more is asked for than is given at once";
        case errc::wrong_key: return "the vault's master key does not open what is stored";
        case errc::failed: return "the database refused a statement";
        }
        return "unknown";
    }
};

} // namespace

error_code make_error_code(errc code)
{
    static storage_category const category;
    return {static_cast<int>(code), category};
}

error_code error_of(int sqlite_code)
{
    switch (sqlite_code & 0xFF) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return {};
    case SQLITE_CONSTRAINT: return errc::conflict;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return errc::busy;
    case SQLITE_FULL: return errc::full;
    case SQLITE_CORRUPT: return errc::damaged;
    case SQLITE_NOTADB: return errc::foreign;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM: return errc::io;
    case SQLITE_INTERRUPT: return errc::timed_out;
    default: return errc::failed;
    }
}

namespace
{

/// The same, where the system may say more: some operations know of a full disk only that they failed. errno was 0
/// before; SQLite itself does not keep it of a commit.
error_code error_on(sqlite3* db, int code)
{
    auto const last = errno;
    auto const plain = error_of(code);
    if (plain != errc::io) return plain;
    for (auto const why : {last, sqlite3_system_errno(db)})
        if (why == ENOSPC || why == EDQUOT || why == EFBIG) return errc::full;
    return plain;
}

/// SQLite's checkpoint; `in_log`: the pages that are in the write-ahead log then. A connection that has read nothing
/// yet does not know of a log: SQLite moves nothing, and calls that a success.
int move_log(sqlite3* db, int how, int& in_log)
{
    int const code = sqlite3_wal_checkpoint_v2(db, nullptr, how, &in_log, nullptr);
    if (code != SQLITE_OK || in_log >= 0) return code;
    int const read = sqlite3_exec(db, "PRAGMA schema_version", nullptr, nullptr, nullptr);
    return read != SQLITE_OK ? read : sqlite3_wal_checkpoint_v2(db, nullptr, how, &in_log, nullptr);
}

} // namespace

rows::~rows()
{
    if (!statement_) return;
    if (lent_by_) {
        lent_by_->give(statement_);
    } else {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }
}

bool rows::next()
{
    if (error_) return false;
    errno = 0;
    int const code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) error_ = error_on(db_, sqlite3_extended_errcode(db_));
    return false;
}

bool rows::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
std::int64_t rows::integer(int column) const { return sqlite3_column_int64(statement_, column); }
double rows::real(int column) const { return sqlite3_column_double(statement_, column); }

std::string_view rows::bytes(int column) const
{
    auto const* data = static_cast<char const*>(sqlite3_column_blob(statement_, column));
    return {data ? data : "", static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

connection::connection(sqlite3* db)
    : db_(db)
    , spare_(std::make_unique<spare_statements>())
    , wal_pages_(std::make_unique<int>(0))
    , progress_(std::make_unique<interruption>())
{
    // It stands in place of SQLite's own hook, so no commit moves the log by itself. PRAGMA wal_autocheckpoint,
    // whatever its value, would take it away again.
    sqlite3_wal_hook(
        db_,
        [](void* pages, sqlite3*, char const*, int count) {
            *static_cast<int*>(pages) = count;
            return SQLITE_OK;
        },
        wal_pages_.get());
}

connection::connection(connection&& other) noexcept
    : db_(std::exchange(other.db_, nullptr))
    , statements_(std::move(other.statements_))
    , spare_(std::move(other.spare_))
    , wal_pages_(std::move(other.wal_pages_))
    , progress_(std::move(other.progress_))
{
}

connection& connection::operator=(connection&& other) noexcept
{
    std::swap(db_, other.db_);
    std::swap(statements_, other.statements_);
    std::swap(spare_, other.spare_);
    std::swap(wal_pages_, other.wal_pages_);
    std::swap(progress_, other.progress_);
    return *this;
}

connection::~connection()
{
    for (auto const& [sql, statement] : statements_) sqlite3_finalize(statement);
    spare_.reset();
    sqlite3_close(db_);
}

result<connection> connection::open(std::string const& path, mode how)
{
    memory_budget::install();
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    flags |= how == mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (how == mode::create) flags |= SQLITE_OPEN_CREATE;
    sqlite3* db = nullptr;
    auto const* const mapped = mapped_files();
    int const code = sqlite3_open_v2(path.c_str(), &db, flags, how == mode::read_only ? mapped : nullptr);
    if (code != SQLITE_OK) {
        sqlite3_close(db);
        return error_of(code);
    }
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);      // what SQL in the file could do beside
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1, nullptr); // indices of properties use json_extract
    sqlite3_busy_timeout(db, lock_patience_ms);
    return connection(db);
}

result<void> connection::execute_script(std::string const& sql)
{
    errno = 0;
    int const code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return error_on(db_, code);
    return {};
}

std::int64_t connection::changes() const { return sqlite3_changes64(db_); }

void connection::set_progress(int (*asked)(void*), void* with)
{
    *progress_ = {asked, with};
    sqlite3_progress_handler(db_, 2000, asked, with);
}

result<void> connection::checkpoint()
{
    errno = 0;
    int in_log = 0;
    int const code = move_log(db_, SQLITE_CHECKPOINT_PASSIVE, in_log);
    if (code != SQLITE_OK && code != SQLITE_BUSY) return error_on(db_, code);
    *wal_pages_ = 0;
    return {};
}

result<int> connection::empty_log()
{
    int left = 0;
    errno = 0;
    sqlite3_busy_timeout(db_, 0); // it would hold the write lock while it waits
    int const code = move_log(db_, SQLITE_CHECKPOINT_TRUNCATE, left);
    sqlite3_busy_timeout(db_, lock_patience_ms);
    if (code != SQLITE_OK && code != SQLITE_BUSY) return error_on(db_, code);
    *wal_pages_ = left;
    return left;
}

std::string connection::message() const { return sqlite3_errmsg(db_); }

result<sqlite3_stmt*> connection::prepare(std::string_view sql)
{
    if (auto const found = statements_.find(sql); found != statements_.end()) return found->second;
    sqlite3_stmt* statement = nullptr;
    int const code = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &statement, nullptr);
    if (code != SQLITE_OK) return error_of(code);
    statements_.emplace(std::string(sql), statement);
    return statement;
}

result<rows> connection::query(sql const& what)
{
    auto const& text = what.text();
    auto* statement = spare_->take(text);
    if (!statement) {
        int const code = sqlite3_prepare_v2(db_, text.data(), static_cast<int>(text.size()), &statement, nullptr);
        if (code != SQLITE_OK) return error_of(code);
    }
    int index = 0;
    for (auto const& value : what.values())
        std::visit(
            [statement, at = ++index](auto const& v) {
                if constexpr (std::is_same_v<decltype(v), std::nullptr_t const&>)
                    bind_null(statement, at);
                else
                    bind(statement, at, v, keep::copy);
            },
            value);
    return rows(statement, db_, spare_.get());
}

void connection::bind_null(sqlite3_stmt* to, int index) { sqlite3_bind_null(to, index); }
void connection::bind_integer(sqlite3_stmt* to, int index, std::int64_t value) { sqlite3_bind_int64(to, index, value); }
void connection::bind_real(sqlite3_stmt* to, int index, double value) { sqlite3_bind_double(to, index, value); }

void connection::bind_text(sqlite3_stmt* to, int index, std::string_view value, keep how)
{
    sqlite3_bind_text64(to, index, value.data() ? value.data() : "", value.size(),
                        how == keep::copy ? SQLITE_TRANSIENT : SQLITE_STATIC, SQLITE_UTF8);
}

void connection::bind_blob(sqlite3_stmt* to, int index, std::string_view value, keep how)
{
    sqlite3_bind_blob64(to, index, value.data() ? value.data() : "", value.size(),
                        how == keep::copy ? SQLITE_TRANSIENT : SQLITE_STATIC);
}

result<transaction> transaction::begin(connection& on)
{
    if (auto begun = on.execute("BEGIN IMMEDIATE"); !begun) return begun.error();
    return transaction(on);
}

transaction::~transaction()
{
    if (on_) static_cast<void>(on_->execute("ROLLBACK"));
}

result<void> transaction::commit()
{
    auto done = on_->execute("COMMIT");
    if (done) on_ = nullptr;
    return done;
}

} // namespace weir::storage
