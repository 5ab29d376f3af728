-- What calls say of prompts, and datasets.

-- SHA-256 of what the template is without its automatic inputs; NULL where traffic could not have made it.
ALTER TABLE prompt_version ADD COLUMN fingerprint BLOB;
CREATE INDEX prompt_version_by_experiment ON prompt_version (experiment_id) WHERE experiment_id IS NOT NULL;

CREATE TABLE prompt_input_key (
    prompt_version_id BLOB NOT NULL REFERENCES prompt_version (id),
    key TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    PRIMARY KEY (prompt_version_id, key)
) STRICT, WITHOUT ROWID;

-- A set of inputs of a version. inputs: a JSON object of texts; auto_inputs: a JSON array. source_request_id and
-- source_row_id: the call that it was taken from. experiment_id: it is a row of that experiment.
CREATE TABLE prompt_input (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    organization_id INTEGER NOT NULL,
    prompt_version_id BLOB NOT NULL REFERENCES prompt_version (id),
    inputs TEXT NOT NULL,
    auto_inputs TEXT NOT NULL,
    source_request_id BLOB,
    source_row_id INTEGER,
    experiment_id BLOB,
    created_us INTEGER NOT NULL
) STRICT;
CREATE INDEX prompt_input_by_version ON prompt_input (prompt_version_id, created_us);
-- All that choosing rows at random for a dataset reads of them.
CREATE INDEX prompt_input_by_source ON prompt_input (organization_id, source_row_id, prompt_version_id);
CREATE INDEX prompt_input_by_experiment ON prompt_input (experiment_id) WHERE experiment_id IS NOT NULL;

-- type: 'experiment', with sets of inputs as rows, or 'helicone', with copies of calls.
CREATE TABLE dataset (
    id BLOB PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    name TEXT,
    type TEXT NOT NULL,
    metadata TEXT,
    created_us INTEGER NOT NULL,
    deleted_us INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX dataset_by_organization ON dataset (organization_id, created_us);

-- input_number: of a prompt_input. Pruning spares those that stand here; a foreign key would look up each of 100,000 that
-- were chosen at random, which takes longer than choosing them.
CREATE TABLE experiment_dataset_row (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    dataset_id BLOB NOT NULL REFERENCES dataset (id),
    input_number INTEGER NOT NULL,
    created_us INTEGER NOT NULL
) STRICT;
CREATE INDEX experiment_dataset_row_by_dataset ON experiment_dataset_row (dataset_id);
CREATE INDEX experiment_dataset_row_by_input ON experiment_dataset_row (input_number);

-- The bodies are the row's own: changing them changes no call. They are JSON, and stand last, so that lists need not read
-- past them.
CREATE TABLE dataset_row (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    dataset_id BLOB NOT NULL REFERENCES dataset (id),
    origin_request_id BLOB NOT NULL,
    created_us INTEGER NOT NULL,
    request_body TEXT NOT NULL,
    response_body TEXT NOT NULL
) STRICT;
CREATE INDEX dataset_row_by_dataset ON dataset_row (dataset_id);
