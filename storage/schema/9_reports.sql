-- Evaluations of datasets, as PromptLayer's clients know them. A blueprint says what is put into the cells of columns, row by
-- row of a dataset version; a run of it (blueprint_id) has columns of its own, copied, and cells. tags: a JSON array of texts.
-- cells: how many a run has; those that have ended, and those under way, are counted beside.
CREATE TABLE report (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id INTEGER NOT NULL,
    blueprint_id INTEGER REFERENCES report (id),
    dataset_id INTEGER NOT NULL REFERENCES dataset_version (id),
    name TEXT NOT NULL,
    tags TEXT NOT NULL DEFAULT '[]',
    cells INTEGER NOT NULL DEFAULT 0,
    running_cells INTEGER NOT NULL DEFAULT 0,
    completed_cells INTEGER NOT NULL DEFAULT 0,
    failed_cells INTEGER NOT NULL DEFAULT 0,
    created_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL,
    deleted_us INTEGER
) STRICT;
CREATE INDEX report_by_organization ON report (organization_id, id) WHERE blueprint_id IS NULL;
CREATE INDEX report_by_name ON report (organization_id, name);
CREATE INDEX report_by_blueprint ON report (blueprint_id, id) WHERE blueprint_id IS NOT NULL;
CREATE INDEX report_by_dataset ON report (dataset_id);

-- position: from 1, left to right. configuration: a JSON object. Of a run that has ended, what its cells come to: score is the
-- mean of numbers, or of truth in percent (score_type: numeric or boolean), skipped counts cells that are neither.
CREATE TABLE report_column (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    report_id INTEGER NOT NULL REFERENCES report (id),
    position INTEGER NOT NULL,
    column_type TEXT NOT NULL,
    name TEXT NOT NULL,
    configuration TEXT NOT NULL,
    is_part_of_score INTEGER NOT NULL,
    score REAL,
    score_type TEXT,
    skipped INTEGER,
    UNIQUE (report_id, name)
) STRICT;

-- The rows of a run, of which one step is made at a time. status: queued, running or ended.
CREATE TABLE report_row (
    id INTEGER PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    report_id INTEGER NOT NULL REFERENCES report (id),
    dataset_row_id INTEGER NOT NULL REFERENCES dataset_version_row (id),
    status TEXT NOT NULL,
    next_try_us INTEGER NOT NULL
) STRICT;
CREATE INDEX report_row_by_report ON report_row (report_id, id);
CREATE INDEX report_row_waiting ON report_row (organization_id, next_try_us, id) WHERE status = 'queued';
CREATE INDEX report_row_running ON report_row (organization_id) WHERE status = 'running';

-- status: QUEUED, RUNNING, COMPLETED or FAILED. value: JSON; number: what it counts in a score, true as 1. request_id: of the
-- call that it waits for, or came from.
CREATE TABLE report_cell (
    row_id INTEGER NOT NULL REFERENCES report_row (id),
    column_id INTEGER NOT NULL REFERENCES report_column (id),
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    request_id BLOB,
    number REAL,
    is_boolean INTEGER NOT NULL DEFAULT 0,
    value TEXT,
    error TEXT,
    PRIMARY KEY (row_id, column_id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER report_cell_counted AFTER UPDATE OF status ON report_cell WHEN old.status <> new.status
BEGIN
    UPDATE report SET
        running_cells = running_cells + (new.status = 'RUNNING') - (old.status = 'RUNNING'),
        completed_cells = completed_cells + (new.status = 'COMPLETED') - (old.status = 'COMPLETED'),
        failed_cells = failed_cells + (new.status = 'FAILED') - (old.status = 'FAILED')
    WHERE id = (SELECT report_id FROM report_row WHERE id = new.row_id);
END;
