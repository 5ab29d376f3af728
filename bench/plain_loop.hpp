#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::bench
{

/// A value as SQLite keeps it.
struct stored_blob {
    std::string_view bytes;
};
using stored = std::variant<std::monostate, std::int64_t, double, std::string_view, stored_blob>;

/// The rows of one table, all columns.
struct table_rows {
    std::string name;
    std::size_t columns = 0;
    std::vector<stored> values;    ///< row by row
    std::deque<std::string> texts; ///< what the values refer to

    std::size_t count() const { return values.size() / columns; }
};

/// All rows of the tables that a database has and a newly made one has not: what was recorded.
std::vector<table_rows> recorded_rows(std::string const& path);

/// What a measured piece of work took.
struct effort {
    double seconds = 0;
    double cpu_seconds = 0;
};

struct loop_options {
    std::size_t batches = 1;
    std::string schema = {};                            ///< run first
    std::function<void(std::size_t)> before_batch = {}; ///< work to be done in each transaction, the first being 1
};

/// Writes rows into a new database at `path`, made by weir's migrations: nothing but prepared INSERTs in so many
/// transactions, with the recorder's pragmas and checkpoints. Each transaction takes as large a part of each table as
/// any other.
effort write_rows(std::string const& path, std::vector<table_rows const*> const& tables, loop_options const& how);

/// Makes a database as weir does when it starts.
void make_database(std::string const& path);

/// Seconds: of the wall's clock, of CPU that the calling thread has used, and that the process has.
double wall_time();
double thread_cpu();
double process_cpu();

} // namespace weir::bench
