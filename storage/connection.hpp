#pragma once

#include "storage/errors.hpp"
#include "storage/like.hpp"
#include "storage/uuid.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace weir::storage
{

/// Bytes to bind as a BLOB.
struct blob {
    std::string_view bytes;
};

class spare_statements;
class sql;

/// The rows of a query, one after the other. The statement is reset when this goes, which must be
/// before its connection does, and given back if it was lent.
class rows
{
public:
    rows(sqlite3_stmt* statement, sqlite3* db, spare_statements* lent_by = nullptr)
        : statement_(statement)
        , db_(db)
        , lent_by_(lent_by)
    {
    }
    rows(rows&& other) noexcept
        : statement_(std::exchange(other.statement_, nullptr))
        , db_(other.db_)
        , lent_by_(other.lent_by_)
        , error_(other.error_)
    {
    }
    rows& operator=(rows&&) = delete;
    ~rows();

    /// Goes to the next row. False at the end and on failure alike: see error().
    bool next();
    boost::system::error_code error() const { return error_; }

    /// The value in a column: std::int64_t, int, bool, double, std::string, uuid, or an optional of these; as a
    /// std::string_view until the next row.
    template <class T>
    T get(int column) const;

private:
    bool is_null(int column) const;
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string_view bytes(int column) const;

    sqlite3_stmt* statement_;
    sqlite3* db_;
    spare_statements* lent_by_;
    boost::system::error_code error_;
};

/// One connection to the database, for one thread at a time. Statements are prepared once and kept, so their texts
/// should be few: what is put together for a query goes into an `sql`.
class connection
{
public:
    enum class mode : std::uint8_t { read_only, read_write, create };

    static result<connection> open(std::string const& path, mode how);

    connection(connection&&) noexcept;
    connection& operator=(connection&&) noexcept;
    ~connection();

    /// Runs a query; the parameters are bound to ?1, ?2, … in order.
    template <class... Parameters>
    result<rows> query(std::string_view sql, Parameters const&... parameters)
    {
        return start(keep::copy, sql, parameters...);
    }

    /// Runs a query that was put together. Its statement is kept for the next of the same text, among few others.
    result<rows> query(sql const& what);

    /// Runs a statement whose rows, if any, are of no interest.
    template <class... Parameters>
    result<void> execute(std::string_view sql, Parameters const&... parameters)
    {
        auto found = start(keep::reference, sql, parameters...); // the parameters live until this returns
        if (!found) return found.error();
        while (found->next()) {
        }
        if (found->error()) return found->error();
        return {};
    }

    /// Runs several statements at once: migrations and pragmas.
    result<void> execute_script(std::string const& sql);

    /// Rows changed by the last statement.
    std::int64_t changes() const;

    /// Calls `asked(with)` every 2,000 steps of a query; the query is interrupted when it returns other than 0.
    void set_progress(int (*asked)(void*), void* with);
    /// What was set there, for SQL functions that take long themselves. Stays where it is for the connection's life.
    interruption const& progress() const { return *progress_; }

    /// Pages in the write-ahead log after the last commit on this connection.
    int wal_pages() const { return *wal_pages_; }
    /// Moves what is in the write-ahead log into the database, as far as no reader needs it.
    result<void> checkpoint();
    /// Does that and empties the log's file, which nobody else may read or write at that moment: waits for no one.
    /// Returns the pages that are still in the log.
    result<int> empty_log();

    /// What SQLite said of the last failure: for the log.
    std::string message() const;

    sqlite3* handle() { return db_; }

    /// The statement of a text, which lives as long as this: for SQL functions that ask something themselves.
    result<sqlite3_stmt*> prepare(std::string_view sql);

private:
    explicit connection(sqlite3* db);

    /// Whether SQLite copies a text or refers to the caller's.
    enum class keep : std::uint8_t { copy, reference };

    template <class... Parameters>
    result<rows> start([[maybe_unused]] keep how, std::string_view sql, Parameters const&... parameters)
    {
        auto prepared = prepare(sql);
        if (!prepared) return prepared.error();
        int index = 0;
        (bind(*prepared, ++index, parameters, how), ...);
        return rows(*prepared, db_);
    }

    static void bind_null(sqlite3_stmt* to, int index);
    static void bind_integer(sqlite3_stmt* to, int index, std::int64_t value);
    static void bind_real(sqlite3_stmt* to, int index, double value);
    static void bind_text(sqlite3_stmt* to, int index, std::string_view value, keep how);
    static void bind_blob(sqlite3_stmt* to, int index, std::string_view value, keep how);

    template <class T>
    static void bind(sqlite3_stmt* to, int index, T const& value, keep how)
    {
        if constexpr (std::is_same_v<T, std::nullopt_t>)
            bind_null(to, index);
        else if constexpr (std::is_enum_v<T>)
            bind_integer(to, index, static_cast<std::int64_t>(value));
        else if constexpr (std::is_integral_v<T>)
            bind_integer(to, index, static_cast<std::int64_t>(value));
        else if constexpr (std::is_floating_point_v<T>)
            bind_real(to, index, value);
        else if constexpr (std::is_same_v<T, blob>)
            bind_blob(to, index, value.bytes, how);
        else if constexpr (std::is_same_v<T, uuid>)
            bind_blob(to, index, {reinterpret_cast<char const*>(value.bytes.data()), value.bytes.size()}, how);
        else if constexpr (std::is_convertible_v<T const&, std::string_view>)
            bind_text(to, index, value, how);
        else if (value)
            bind(to, index, *value, how);
        else
            bind_null(to, index);
    }

    sqlite3* db_ = nullptr;
    struct text_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, sqlite3_stmt*, text_hash, std::equal_to<>> statements_;
    std::unique_ptr<spare_statements> spare_;
    std::unique_ptr<int> wal_pages_;
    std::unique_ptr<interruption> progress_;
};

/// A transaction that may write. Rolled back when it goes without having been committed.
class transaction
{
public:
    static result<transaction> begin(connection& on);
    transaction(transaction&& other) noexcept
        : on_(std::exchange(other.on_, nullptr))
    {
    }
    transaction& operator=(transaction&&) = delete;
    ~transaction();

    result<void> commit();

private:
    explicit transaction(connection& on)
        : on_(&on)
    {
    }
    connection* on_;
};

/// The error code for one of SQLite's.
boost::system::error_code error_of(int sqlite_code);

template <class T>
T rows::get(int column) const
{
    if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>)
        return T(bytes(column));
    else if constexpr (std::is_same_v<T, uuid>) {
        uuid id;
        auto const from = bytes(column);
        for (std::size_t i = 0; i < id.bytes.size() && i < from.size(); ++i)
            id.bytes[i] = static_cast<unsigned char>(from[i]);
        return id;
    } else if constexpr (std::is_floating_point_v<T>)
        return static_cast<T>(real(column));
    else if constexpr (std::is_same_v<T, bool>)
        return integer(column) != 0;
    else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>)
        return static_cast<T>(integer(column));
    else
        return is_null(column) ? T{} : T{get<typename T::value_type>(column)};
}

} // namespace weir::storage
