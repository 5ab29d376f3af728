-- Columns of calls, some thousand calls at a time, as columnar files keep them: what has no index is found by reading
-- the column that is asked for instead of all calls (storage/row_groups.hpp). Made behind the recorder.

-- row_ids: the keys of its calls, encoded as storage/column_chunk.hpp says. has_all_properties: whether each
-- property that they have is a chunk. deleted_to: up to which key its calls were deleted since.
CREATE TABLE row_group (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    row_count INTEGER NOT NULL,
    first_row INTEGER NOT NULL,
    last_row INTEGER NOT NULL,
    has_all_properties INTEGER NOT NULL,
    deleted_to INTEGER NOT NULL DEFAULT -9223372036854775808,
    row_ids BLOB NOT NULL
) STRICT;
CREATE INDEX row_group_by_last_row ON row_group (last_row, first_row, row_count, has_all_properties, deleted_to);
CREATE INDEX row_group_small ON row_group (id) WHERE row_count < 8192;

-- What a group says of one field of its calls before their values are read; a field that none of them has is left out.
-- field: SQL over `request AS r`, or 'properties.' and a name. A search reads those of one field behind each other.
-- form, least, greatest, dictionary: storage/column_chunk.hpp.
CREATE TABLE column_chunk (
    field TEXT NOT NULL,
    row_group INTEGER NOT NULL,
    form INTEGER NOT NULL,
    least INTEGER NOT NULL,
    greatest INTEGER NOT NULL,
    dictionary BLOB NOT NULL,
    PRIMARY KEY (field, row_group)
) STRICT, WITHOUT ROWID;

-- The values of a chunk.
CREATE TABLE column_content (
    id INTEGER PRIMARY KEY,
    row_group INTEGER NOT NULL,
    field TEXT NOT NULL,
    content BLOB NOT NULL,
    UNIQUE (row_group, field)
) STRICT;

-- Rows of a group that a newer group has as they are now. position: among the group's rows, from 0 on.
CREATE TABLE row_group_gap (
    row_group INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (row_group, position)
) STRICT, WITHOUT ROWID;

-- The calls that no group has, or none as they are now: row_ids is a JSON array of keys.
CREATE TABLE ungrouped_rows (
    id INTEGER PRIMARY KEY,
    row_ids TEXT NOT NULL
) STRICT;

-- Slow calls are found by their groups, too.
DROP INDEX request_slow;

INSERT INTO ungrouped_rows (row_ids)
SELECT json_group_array(id) FROM (SELECT id, row_number() OVER (ORDER BY id) / 16384 AS part FROM request)
GROUP BY part ORDER BY part DESC;

CREATE TRIGGER request_ungroup AFTER UPDATE OF
    organization_id, created_us, ended_us, time_to_first_token_us, provider, path, target_url, model, request_model,
    response_model, model_override, status, user_id, properties, prompt_id, provider_auth_hash, prompt_tokens,
    completion_tokens, total_tokens, prompt_cache_read_tokens, prompt_cache_write_tokens, cost_nanos ON request
BEGIN
    INSERT INTO ungrouped_rows (row_ids) VALUES (json_array(new.id));
END;
