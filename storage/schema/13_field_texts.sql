-- Large groups have the texts of a field by their numbers in one list, instead of a dictionary of each group's own: what
-- a part of a text finds is told once and not for every group, however many different texts there are.

-- Some of the texts of a field, by their numbers: storage/field_texts.hpp.
CREATE TABLE field_text (
    field TEXT NOT NULL,
    part INTEGER NOT NULL,
    texts BLOB NOT NULL,
    PRIMARY KEY (field, part)
) STRICT;

-- Fields of which a group was deleted that had such numbers: some texts may be those of no call any more.
CREATE TABLE field_text_check (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    field TEXT NOT NULL
) STRICT;

-- Equal models, users, sessions and statuses are found by their groups as well, and the writer is spared a third of its
-- time.
DROP INDEX request_by_model;
DROP INDEX request_by_user;
DROP INDEX request_by_session;
DROP INDEX request_by_status;

-- Of sessions that go on, which the next start ends.
CREATE INDEX request_pending ON request (organization_id) WHERE status=-2;

-- The groups are made anew.
DELETE FROM ungrouped_rows;
DELETE FROM row_group_gap;
DELETE FROM column_content;
DELETE FROM column_chunk;
DELETE FROM row_group;
INSERT INTO ungrouped_rows (row_ids)
SELECT json_group_array(id) FROM (SELECT id, row_number() OVER (ORDER BY id) / 16384 AS part FROM request)
GROUP BY part ORDER BY part DESC;

DROP TRIGGER request_ungroup;
CREATE TRIGGER request_ungroup AFTER UPDATE OF
    organization_id, created_us, ended_us, time_to_first_token_us, provider, path, target_url, model, request_model,
    response_model, model_override, status, user_id, properties, session_id, prompt_id, provider_auth_hash,
    prompt_tokens, completion_tokens, total_tokens, prompt_cache_read_tokens, prompt_cache_write_tokens, cost_nanos,
    asset_count ON request
BEGIN
    INSERT INTO ungrouped_rows (row_ids) VALUES (json_array(new.id));
END;
