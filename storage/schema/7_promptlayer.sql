-- What PromptLayer's clients know things by, and what they say of calls and prompts beyond what Helicone's do.

-- Integers for what has a UUID, never given twice. kind: request, prompt or prompt_version. thing: its UUID.
CREATE TABLE number (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    thing BLOB NOT NULL,
    UNIQUE (organization_id, kind, thing)
) STRICT;

-- What was said of a call when it was tracked, or later. status: SUCCESS, WARNING or ERROR. inputs: a JSON object.
-- prompt_version_id: the version that was filled with them for the call.
CREATE TABLE tracked_request (
    organization_id INTEGER NOT NULL,
    request_id BLOB NOT NULL,
    prompt_version_id BLOB REFERENCES prompt_version (id),
    inputs TEXT,
    function_name TEXT,
    status TEXT,
    error_type TEXT,
    error_message TEXT,
    span_id TEXT,
    is_starred INTEGER NOT NULL DEFAULT 0,
    created_us INTEGER NOT NULL,
    PRIMARY KEY (organization_id, request_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX tracked_request_by_version ON tracked_request (prompt_version_id) WHERE prompt_version_id IS NOT NULL;
CREATE INDEX tag_by_text ON tag (organization_id, entity_type, tag);

-- Calls that belong together.
CREATE TABLE request_group (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id INTEGER NOT NULL,
    created_us INTEGER NOT NULL
) STRICT;

CREATE TABLE request_group_member (
    organization_id INTEGER NOT NULL,
    request_id BLOB NOT NULL,
    group_id INTEGER NOT NULL REFERENCES request_group (id),
    PRIMARY KEY (organization_id, request_id, group_id)
) STRICT, WITHOUT ROWID;

-- Spans of traces. request_id: the call that one tells of, if it does. attributes, events, links and resource are JSON.
CREATE TABLE span (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id INTEGER NOT NULL,
    trace_id TEXT NOT NULL,
    span_id TEXT NOT NULL,
    parent_id TEXT,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    started_ns INTEGER NOT NULL,
    ended_ns INTEGER NOT NULL,
    status TEXT NOT NULL,
    status_description TEXT,
    attributes TEXT NOT NULL,
    events TEXT NOT NULL,
    links TEXT NOT NULL,
    resource TEXT NOT NULL,
    request_id BLOB,
    created_us INTEGER NOT NULL,
    UNIQUE (organization_id, trace_id, span_id)
) STRICT;
CREATE INDEX span_by_time ON span (created_us);
CREATE INDEX span_by_request ON span (organization_id, request_id) WHERE request_id IS NOT NULL;
CREATE TABLE closed_trace (
    organization_id INTEGER NOT NULL,
    trace_id TEXT NOT NULL,
    closed_us INTEGER NOT NULL,
    PRIMARY KEY (organization_id, trace_id)
) STRICT, WITHOUT ROWID;

-- Versions count from 1 within their prompt, in the order in which they were made; those of experiments do not count.
ALTER TABLE prompt_version ADD COLUMN number INTEGER;
UPDATE prompt_version SET number = (
    SELECT count(*) FROM prompt_version AS o
    WHERE o.prompt_id = prompt_version.prompt_id AND o.experiment_id IS NULL
        AND (o.created_us, o.id) <= (prompt_version.created_us, prompt_version.id))
WHERE experiment_id IS NULL;
CREATE UNIQUE INDEX prompt_version_by_number ON prompt_version (prompt_id, number) WHERE number IS NOT NULL;
CREATE TRIGGER prompt_version_number AFTER INSERT ON prompt_version WHEN new.experiment_id IS NULL
BEGIN
    UPDATE prompt_version SET number = (
        SELECT coalesce(max(number), 0) + 1 FROM prompt_version WHERE prompt_id = new.prompt_id)
    WHERE id = new.id;
END;

-- A version that was published as a blueprint, with what its template does not say. blueprint and metadata: JSON.
CREATE TABLE prompt_blueprint (
    prompt_version_id BLOB PRIMARY KEY REFERENCES prompt_version (id),
    blueprint TEXT NOT NULL,
    metadata TEXT,
    commit_message TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE prompt_tag (
    prompt_id BLOB NOT NULL REFERENCES prompt (id),
    tag TEXT NOT NULL,
    PRIMARY KEY (prompt_id, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE prompt_label (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id INTEGER NOT NULL,
    prompt_id BLOB NOT NULL REFERENCES prompt (id),
    prompt_version_id BLOB NOT NULL REFERENCES prompt_version (id),
    name TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    UNIQUE (prompt_id, name)
) STRICT;

-- What other systems call a thing. kind: prompt or dataset_group. thing: its integer id.
CREATE TABLE external_id (
    organization_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    external_id TEXT NOT NULL,
    thing INTEGER NOT NULL,
    PRIMARY KEY (organization_id, kind, source, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX external_id_by_thing ON external_id (organization_id, kind, thing);

-- Tables of cells with versions. A version's id is what the first age of the API calls a dataset. version_number: -1 while
-- it is a draft. column_names: a JSON array of texts. filter: what its rows were chosen by, JSON.
CREATE TABLE dataset_group (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL,
    deleted_us INTEGER
) STRICT;
CREATE INDEX dataset_group_by_name ON dataset_group (organization_id, name);

CREATE TABLE dataset_version (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_id INTEGER NOT NULL REFERENCES dataset_group (id),
    version_number INTEGER NOT NULL,
    column_names TEXT NOT NULL,
    filter TEXT,
    created_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL,
    UNIQUE (group_id, version_number)
) STRICT;

-- cells: a JSON array, by the version's columns; a shorter one ends with nulls. request_id: the call that it was taken from.
CREATE TABLE dataset_version_row (
    id INTEGER PRIMARY KEY,
    dataset_id INTEGER NOT NULL REFERENCES dataset_version (id),
    request_id BLOB,
    cells TEXT NOT NULL
) STRICT;
CREATE INDEX dataset_version_row_by_dataset ON dataset_version_row (dataset_id);
