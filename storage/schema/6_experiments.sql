-- Experiments of both kinds, evaluators, and what the runner has still to do.

CREATE INDEX experiment_by_organization ON experiment (organization_id, created_us);
CREATE INDEX experiment_by_dataset ON experiment (dataset_id) WHERE dataset_id IS NOT NULL;
CREATE INDEX hypothesis_run_by_hypothesis ON hypothesis_run (hypothesis_id, dataset_row_id);

-- The first kind shows in tables. type: input, output or experiment.
CREATE TABLE experiment_table (
    id BLOB PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    experiment_id BLOB NOT NULL REFERENCES experiment (id),
    name TEXT NOT NULL,
    metadata TEXT,
    created_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX experiment_table_by_experiment ON experiment_table (experiment_id);
CREATE INDEX experiment_table_by_organization ON experiment_table (organization_id, created_us);

CREATE TABLE experiment_column (
    id BLOB PRIMARY KEY,
    table_id BLOB NOT NULL REFERENCES experiment_table (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    metadata TEXT,
    created_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX experiment_column_by_table ON experiment_column (table_id);

CREATE TABLE experiment_cell (
    id BLOB PRIMARY KEY,
    column_id BLOB NOT NULL REFERENCES experiment_column (id) ON DELETE CASCADE,
    row_index INTEGER NOT NULL,
    value TEXT,
    status TEXT,
    metadata TEXT,
    created_us INTEGER NOT NULL,
    UNIQUE (column_id, row_index)
) STRICT, WITHOUT ROWID;

-- The second kind: its columns are prompt versions, its rows sets of inputs, that name it. input_keys: a JSON array.
CREATE TABLE experiment_v2 (
    id BLOB PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    original_version_id BLOB NOT NULL REFERENCES prompt_version (id),
    copied_version_id BLOB REFERENCES prompt_version (id),
    input_keys TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    deleted_us INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX experiment_v2_by_organization ON experiment_v2 (organization_id, created_us);

CREATE TABLE experiment_output (
    id INTEGER PRIMARY KEY,
    experiment_id BLOB NOT NULL REFERENCES experiment_v2 (id),
    input_number INTEGER NOT NULL REFERENCES prompt_input (number),
    prompt_version_id BLOB NOT NULL REFERENCES prompt_version (id),
    request_id BLOB NOT NULL,
    is_original INTEGER NOT NULL,
    created_us INTEGER NOT NULL,
    UNIQUE (experiment_id, input_number, prompt_version_id)
) STRICT;

-- The templates and the config are JSON; which one is there says what kind it is. score_name: what its scores are called,
-- which follows from its name; those that are true or false with the suffix of booleans behind it.
CREATE TABLE evaluator (
    id BLOB PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    score_name TEXT NOT NULL,
    scoring_type TEXT NOT NULL,
    llm_template TEXT,
    code_template TEXT,
    last_mile_config TEXT,
    created_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX evaluator_by_organization ON evaluator (organization_id, created_us);

-- experiment_id: of either kind.
CREATE TABLE experiment_evaluator (
    experiment_id BLOB NOT NULL,
    evaluator_id BLOB NOT NULL REFERENCES evaluator (id),
    created_us INTEGER NOT NULL,
    PRIMARY KEY (experiment_id, evaluator_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX experiment_evaluator_by_evaluator ON experiment_evaluator (evaluator_id);

-- config: {"sampleRate", "propertyFilters": [{"key", "value"}]}.
CREATE TABLE online_evaluator (
    id INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    evaluator_id BLOB NOT NULL REFERENCES evaluator (id),
    config TEXT NOT NULL,
    created_us INTEGER NOT NULL
) STRICT;
CREATE INDEX online_evaluator_by_organization ON online_evaluator (organization_id);

-- A call that the runner is to make: the version filled with the inputs. hypothesis_id and dataset_row_id: of the first
-- kind of experiment; without them the call's answer is an experiment_output. request_id: under which its call is
-- recorded; that completes it, in the same transaction. status: queued, running, completed, failed or cancelled.
-- attempts: that were begun. error: why the last one failed.
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    experiment_id BLOB NOT NULL,
    prompt_version_id BLOB NOT NULL REFERENCES prompt_version (id),
    input_number INTEGER NOT NULL,
    hypothesis_id BLOB REFERENCES hypothesis (id),
    dataset_row_id BLOB,
    request_id BLOB NOT NULL UNIQUE,
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_try_us INTEGER NOT NULL,
    error TEXT,
    created_us INTEGER NOT NULL,
    started_us INTEGER,
    ended_us INTEGER
) STRICT;
CREATE INDEX run_by_experiment ON run (experiment_id, status);
CREATE INDEX run_by_hypothesis ON run (hypothesis_id, status) WHERE hypothesis_id IS NOT NULL;
-- What pruning asks of each set of inputs.
CREATE INDEX run_by_input ON run (input_number) WHERE status IN ('queued', 'running');
CREATE INDEX run_due ON run (status, next_try_us) WHERE status IN ('queued', 'running');

-- A call that an evaluator is still to score. experiment_id: for which; NULL: it was chosen from live traffic. Ids are
-- never used again: a judge may still be asked for one that was dropped.
CREATE TABLE evaluation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id INTEGER NOT NULL,
    evaluator_id BLOB NOT NULL REFERENCES evaluator (id) ON DELETE CASCADE,
    request_id BLOB NOT NULL,
    experiment_id BLOB,
    attempts INTEGER NOT NULL,
    next_try_us INTEGER NOT NULL,
    UNIQUE (evaluator_id, request_id)
) STRICT;
CREATE INDEX evaluation_due ON evaluation (evaluator_id, next_try_us);
CREATE INDEX evaluation_by_experiment ON evaluation (experiment_id) WHERE experiment_id IS NOT NULL;
