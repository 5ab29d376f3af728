#include "storage/migrations.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string_view>

extern "C" {
extern char const weir_schema_record_begin[], weir_schema_record_end[];
extern char const weir_schema_judgements_begin[], weir_schema_judgements_end[];
extern char const weir_schema_queries_begin[], weir_schema_queries_end[];
extern char const weir_schema_prompts_begin[], weir_schema_prompts_end[];
extern char const weir_schema_figures_begin[], weir_schema_figures_end[];
extern char const weir_schema_experiments_begin[], weir_schema_experiments_end[];
extern char const weir_schema_promptlayer_begin[], weir_schema_promptlayer_end[];
extern char const weir_schema_turns_begin[], weir_schema_turns_end[];
extern char const weir_schema_reports_begin[], weir_schema_reports_end[];
extern char const weir_schema_span_links_begin[], weir_schema_span_links_end[];
extern char const weir_schema_slow_calls_begin[], weir_schema_slow_calls_end[];
extern char const weir_schema_row_groups_begin[], weir_schema_row_groups_end[];
extern char const weir_schema_field_texts_begin[], weir_schema_field_texts_end[];
extern char const weir_schema_value_filters_begin[], weir_schema_value_filters_end[];
}

namespace weir::storage
{
namespace
{

/// "weir" in the file's header says whose database it is.
constexpr std::int64_t application_id = 0x77656972;

#define WEIR_STEP(name)                                                                                                \
    std::string_view(weir_schema_##name##_begin,                                                                       \
                     static_cast<std::size_t>(weir_schema_##name##_end - weir_schema_##name##_begin))

/// What takes a database from each version to the next: the files of storage/schema.
std::array<std::string_view, 14> steps()
{
    return {WEIR_STEP(record),      WEIR_STEP(judgements),   WEIR_STEP(queries),     WEIR_STEP(prompts),
            WEIR_STEP(figures),     WEIR_STEP(experiments),  WEIR_STEP(promptlayer), WEIR_STEP(turns),
            WEIR_STEP(reports),     WEIR_STEP(span_links),   WEIR_STEP(slow_calls),  WEIR_STEP(row_groups),
            WEIR_STEP(field_texts), WEIR_STEP(value_filters)};
}

#undef WEIR_STEP

result<std::int64_t> pragma(connection& db, std::string_view sql)
{
    auto found = db.query(sql);
    if (!found) return found.error();
    std::int64_t value = 0;
    if (found->next()) value = found->get<std::int64_t>(0);
    if (found->error()) return found->error();
    return value;
}

/// Whether the file may be written at all: checked on a read-only connection, before anything touches it.
result<void> check_owner(std::string const& path, std::string& problem)
{
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored) || std::filesystem::file_size(path, ignored) == 0) return {};

    // A file in WAL mode cannot be asked read-only without its -shm file; its header can.
    std::array<unsigned char, 100> header{};
    std::ifstream file(path, std::ios::binary);
    file.read(reinterpret_cast<char*>(header.data()), header.size());
    auto const big_endian = [&](std::size_t at) {
        return static_cast<std::int64_t>(header[at]) << 24U | header[at + 1] << 16U | header[at + 2] << 8U |
               header[at + 3];
    };
    bool const is_sqlite =
        file.gcount() == 100 && std::string_view(reinterpret_cast<char const*>(header.data()), 15) == "SQLite format 3";
    if (!is_sqlite || big_endian(68) != application_id) {
        problem = path + " is not a weir database and was not touched: name another file with storage.path";
        return make_error_code(errc::foreign);
    }
    if (auto const version = big_endian(60); version > latest_schema()) {
        problem = path + " was written by a newer weir (schema " + std::to_string(version) + ", this one knows " +
                  std::to_string(latest_schema()) +
                  ") and was not touched: run that version, or name another file with storage.path";
        return make_error_code(errc::foreign);
    }
    return {};
}

result<void> migrate(connection& db)
{
    auto begun = transaction::begin(db);
    if (!begun) return begun.error();
    auto const version = pragma(db, "PRAGMA user_version");
    if (!version) return version.error();
    if (*version > latest_schema()) return make_error_code(errc::foreign); // it was still in the write-ahead log
    if (*version == latest_schema()) return begun->commit();
    auto const all = steps();
    for (auto step = static_cast<std::size_t>(*version); step < all.size(); ++step)
        if (auto done = db.execute_script(std::string(all[step])); !done) return done;
    auto const stamp = "PRAGMA user_version=" + std::to_string(all.size()) +
                       ";PRAGMA application_id=" + std::to_string(application_id);
    if (auto done = db.execute_script(stamp); !done) return done;
    return begun->commit();
}

} // namespace

int latest_schema() { return static_cast<int>(steps().size()); }

result<connection> open_and_migrate(std::string const& path, std::string& problem)
{
    if (auto const mine = check_owner(path, problem); !mine) return mine.error();

    auto db = connection::open(path, connection::mode::create);
    if (!db) {
        problem = path + ": " + db.error().message() +
                  ": check that the folder exists and may be written, or name another file with storage.path";
        return db.error();
    }
    // A new file gets its schema before it goes to WAL: its header then says whose it is even if the process dies now.
    auto migrated = db->execute_script("PRAGMA page_size=8192;PRAGMA auto_vacuum=INCREMENTAL;PRAGMA foreign_keys=ON");
    if (migrated) migrated = migrate(*db);
    if (migrated) migrated = db->execute_script("PRAGMA journal_mode=WAL;PRAGMA cache_size=-16384");
    if (!migrated) {
        problem = path + ": " + migrated.error().message() + " (" + db->message() + ")";
        return migrated.error();
    }
    return std::move(*db);
}

result<connection> open_current(std::string const& path, std::string& problem)
{
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {
        problem = "there is no database at " + path + ": name it with --database, or with storage.path";
        return make_error_code(errc::not_found);
    }
    if (auto const mine = check_owner(path, problem); !mine) return mine.error();

    auto db = connection::open(path, connection::mode::read_write);
    auto const version = db ? pragma(*db, "PRAGMA user_version") : db.error();
    if (!version) {
        problem = path + ": " + version.error().message() + ": check that it and its folder may be written";
        return version.error();
    }
    if (*version != latest_schema()) {
        problem = path + " has schema " + std::to_string(*version) + ", and this weir works on " +
                  std::to_string(latest_schema()) +
                  (*version < latest_schema() ? ": start this version's weir serve once, which brings it up to date"
                                              : ": use the version that wrote it");
        return make_error_code(errc::foreign);
    }
    return db;
}

} // namespace weir::storage
