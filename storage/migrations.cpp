#include "storage/migrations.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace weir::storage
{
namespace
{

/// "weir" in the file's header says whose database it is.
constexpr std::int64_t application_id = 0x77656972;

// The times are microseconds since 1970 UTC, booleans 0 or 1, unknown is NULL. See docs/record.md for what the columns
// mean. A step is never edited once it was released: the next one changes what it made.
constexpr std::array<char const*, 2> steps{
    R"sql(
CREATE TABLE organization (
    id INTEGER PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    created_us INTEGER NOT NULL
) STRICT;

CREATE TABLE api_key (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    organization_id INTEGER NOT NULL REFERENCES organization (id),
    permissions TEXT NOT NULL CHECK (permissions IN ('rw', 'r', 'w')),
    created_us INTEGER NOT NULL,
    revoked_us INTEGER
) STRICT;

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE request (
    id INTEGER PRIMARY KEY,
    request_id BLOB NOT NULL,
    client_chose_id INTEGER NOT NULL,
    organization_id INTEGER NOT NULL,
    api_key_id INTEGER,
    created_us INTEGER NOT NULL,
    ended_us INTEGER NOT NULL,
    time_to_first_byte_us INTEGER,
    time_to_first_token_us INTEGER,
    overhead_us INTEGER NOT NULL,
    method TEXT NOT NULL,
    provider TEXT,
    path TEXT NOT NULL,
    target_url TEXT,
    model TEXT,
    request_model TEXT,
    response_model TEXT,
    model_override TEXT,
    status INTEGER NOT NULL,
    is_stream INTEGER NOT NULL,
    finish_reason TEXT,
    error_type TEXT,
    error_message TEXT,
    stream_error TEXT,
    usage_missing INTEGER NOT NULL,
    warning TEXT,
    user_id TEXT,
    properties TEXT,
    session_id TEXT,
    session_name TEXT,
    session_path TEXT,
    prompt_id TEXT,
    prompt_version TEXT,
    retry_count INTEGER,
    provider_auth_hash TEXT,
    prompt_tokens INTEGER,
    prompt_tokens_reported INTEGER,
    completion_tokens INTEGER,
    total_tokens INTEGER,
    prompt_cache_read_tokens INTEGER,
    prompt_cache_write_tokens INTEGER,
    prompt_cache_write_5m INTEGER,
    prompt_cache_write_1h INTEGER,
    reasoning_tokens INTEGER,
    prompt_audio_tokens INTEGER,
    completion_audio_tokens INTEGER,
    cost_nanos INTEGER,
    cost_source TEXT NOT NULL,
    cost_flags TEXT,
    price_table_version TEXT,
    request_bytes INTEGER NOT NULL,
    response_bytes INTEGER NOT NULL,
    request_messages INTEGER,
    response_messages INTEGER,
    request_truncated INTEGER NOT NULL,
    response_truncated INTEGER NOT NULL,
    body_missing TEXT,
    body_ref INTEGER
) STRICT;

CREATE INDEX request_by_client_id ON request (request_id) WHERE client_chose_id = 1;

CREATE TABLE body_block (
    id INTEGER PRIMARY KEY,
    content BLOB NOT NULL
) STRICT;

INSERT INTO organization (id, public_id, name, created_us)
VALUES (1, '00000000-0000-4000-8000-000000000001', 'default', unixepoch() * 1000000);
INSERT INTO setting (name, value) VALUES ('hash_key', randomblob(32));
)sql",
    // Scores and feedback are kept by the request's public id, as they may come before its row does.
    R"sql(
CREATE TABLE score_attribute (
    id INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    score_key TEXT NOT NULL,
    value_type TEXT NOT NULL CHECK (value_type IN ('number', 'boolean')),
    created_us INTEGER NOT NULL,
    UNIQUE (organization_id, score_key)
) STRICT;

CREATE TABLE score_value (
    organization_id INTEGER NOT NULL,
    request_id BLOB NOT NULL,
    attribute_id INTEGER NOT NULL REFERENCES score_attribute (id),
    int_value INTEGER NOT NULL,
    created_us INTEGER NOT NULL,
    PRIMARY KEY (organization_id, request_id, attribute_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE feedback (
    organization_id INTEGER NOT NULL,
    request_id BLOB NOT NULL,
    feedback_id BLOB NOT NULL,
    rating INTEGER NOT NULL,
    created_us INTEGER NOT NULL,
    PRIMARY KEY (organization_id, request_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tag (
    id INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    entity_type TEXT NOT NULL CHECK (entity_type IN ('session', 'request')),
    entity_id TEXT NOT NULL,
    tag TEXT NOT NULL,
    created_us INTEGER NOT NULL
) STRICT;

CREATE INDEX tag_by_entity ON tag (organization_id, entity_type, entity_id);
)sql",
};

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
    for (auto step = static_cast<std::size_t>(*version); step < steps.size(); ++step)
        if (auto done = db.execute_script(steps[step]); !done) return done;
    auto const stamp = "PRAGMA user_version=" + std::to_string(steps.size()) +
                       ";PRAGMA application_id=" + std::to_string(application_id);
    if (auto done = db.execute_script(stamp); !done) return done;
    return begun->commit();
}

} // namespace

int latest_schema() { return static_cast<int>(steps.size()); }

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
