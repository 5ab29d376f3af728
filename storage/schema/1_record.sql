-- Times are microseconds since 1970 UTC, booleans 0 or 1, unknown is NULL. docs/record.md says what the columns mean.
-- A step is never edited once it was released: the next one changes what it made.

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
