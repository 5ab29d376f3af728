-- Large groups say in one place which values a field may have: those that have a user, or a latency, are found by one
-- range of rows instead of by what each group says or has.

-- A part of what a group's chunk may have; those of all groups stand behind each other: storage/value_filter.hpp.
CREATE TABLE value_filter (
    field TEXT NOT NULL,
    part INTEGER NOT NULL,
    row_group INTEGER NOT NULL,
    bits BLOB NOT NULL,
    PRIMARY KEY (field, part, row_group)
) STRICT, WITHOUT ROWID;

-- value_count: the calls that have a value; where all have the same there is no content. filter_parts: the parts of its
-- filter are below that; 0: it has none.
ALTER TABLE column_chunk ADD COLUMN value_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE column_chunk ADD COLUMN filter_parts INTEGER NOT NULL DEFAULT 0;

-- The groups are made anew.
DELETE FROM ungrouped_rows;
DELETE FROM row_group_gap;
DELETE FROM column_content;
DELETE FROM column_chunk;
DELETE FROM row_group;
DELETE FROM field_text;
DELETE FROM field_text_check;
INSERT INTO ungrouped_rows (row_ids)
SELECT json_group_array(id) FROM (SELECT id, row_number() OVER (ORDER BY id) / 16384 AS part FROM request)
GROUP BY part ORDER BY part DESC;
