-- What the admin side keeps beside the calls, and what answers questions about them quickly.

-- A page of the newest calls of one model, user or session, and of those that failed. The key of the row, which grows
-- with time, ends each entry. Calls without a user or a session pay nothing for theirs. The organisation stands second:
-- SQLite would else take such an index for a range of time, which the key answers.
CREATE INDEX request_by_model ON request (model, organization_id);
CREATE INDEX request_by_user ON request (user_id, organization_id) WHERE user_id IS NOT NULL;
CREATE INDEX request_by_session ON request (session_id, organization_id) WHERE session_id IS NOT NULL;
CREATE INDEX request_by_status ON request (status, organization_id) WHERE status <> 200;

ALTER TABLE request ADD COLUMN asset_count INTEGER;

-- Calls of a quarter of an hour that are alike, kept by the writer in the transaction of the calls. quarter: the time of
-- its beginning / 900 s; all time zones begin their hours with one. The texts are '' where the call has none.
CREATE TABLE traffic (
    organization_id INTEGER NOT NULL,
    quarter INTEGER NOT NULL,
    model TEXT NOT NULL,
    provider TEXT NOT NULL,
    status INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    total_tokens INTEGER NOT NULL,
    cache_read_tokens INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    cost_nanos INTEGER NOT NULL,
    latency_us INTEGER NOT NULL,
    first_token_us INTEGER NOT NULL,
    first_tokens INTEGER NOT NULL,
    PRIMARY KEY (organization_id, quarter, model, provider, status)
) STRICT, WITHOUT ROWID;

-- All names of properties ever seen.
CREATE TABLE organization_property (
    organization_id INTEGER NOT NULL,
    property_key TEXT NOT NULL,
    PRIMARY KEY (organization_id, property_key)
) STRICT, WITHOUT ROWID;

INSERT INTO traffic
SELECT organization_id, created_us / 900000000, coalesce(model, ''), coalesce(provider, ''), status, count(*),
    coalesce(sum(prompt_tokens), 0), coalesce(sum(completion_tokens), 0),
    coalesce(sum(coalesce(total_tokens, prompt_tokens + completion_tokens)), 0),
    coalesce(sum(prompt_cache_read_tokens), 0), coalesce(sum(prompt_cache_write_tokens), 0),
    coalesce(sum(cost_nanos), 0), sum(ended_us - created_us), coalesce(sum(time_to_first_token_us), 0),
    count(time_to_first_token_us)
FROM request
GROUP BY 1, 2, 3, 4, 5;

INSERT INTO organization_property
SELECT DISTINCT r.organization_id, p.key FROM request AS r, json_each(r.properties) AS p;

-- row_id: the row of the request, once there is one. evaluator_id: who gave the score last, if an evaluator did.
ALTER TABLE score_attribute ADD COLUMN evaluator_id BLOB;
ALTER TABLE score_value ADD COLUMN row_id INTEGER;
UPDATE score_value SET row_id = (
    SELECT r.id FROM request AS r
    WHERE r.organization_id = score_value.organization_id AND r.request_id = score_value.request_id);
CREATE INDEX score_by_row ON score_value (organization_id, row_id, attribute_id, int_value);
CREATE INDEX score_by_value ON score_value (attribute_id, int_value, row_id);
CREATE INDEX score_pending ON score_value (organization_id, request_id) WHERE row_id IS NULL;

-- Keys of providers, encrypted with the vault's master key; a proxy key stands for one of them.
CREATE TABLE provider_key (
    id BLOB PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    provider_name TEXT NOT NULL,
    name TEXT NOT NULL,
    sealed_key BLOB NOT NULL,
    config TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    deleted_us INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE proxy_key (
    id BLOB PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    provider_key_id BLOB NOT NULL REFERENCES provider_key (id),
    hash BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    deleted_us INTEGER
) STRICT, WITHOUT ROWID;

-- Ids of webhooks and deliveries are never used again: something may still be under way for one that was deleted.
CREATE TABLE webhook (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id INTEGER NOT NULL,
    destination TEXT NOT NULL,
    version TEXT NOT NULL,
    config TEXT NOT NULL,
    hmac_key TEXT NOT NULL,
    created_us INTEGER NOT NULL
) STRICT;

-- What is still to be told to a webhook; written in the transaction of the call.
CREATE TABLE webhook_delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id INTEGER NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    row_id INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next_try_us INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_delivery_by_webhook ON webhook_delivery (webhook_id, next_try_us);

CREATE TABLE saved_query (
    id BLOB PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    sql TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- time_window and time_block_duration in milliseconds; emails and slack_channels are JSON arrays of texts.
CREATE TABLE alert (
    id BLOB PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    metric TEXT NOT NULL,
    threshold REAL NOT NULL,
    time_window INTEGER NOT NULL,
    time_block_duration INTEGER NOT NULL,
    emails TEXT NOT NULL,
    slack_channels TEXT NOT NULL,
    minimum_request_count INTEGER,
    status TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL,
    deleted_us INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE alert_history (
    id BLOB PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    alert_id BLOB NOT NULL REFERENCES alert (id),
    alert_name TEXT NOT NULL,
    alert_metric TEXT NOT NULL,
    started_us INTEGER NOT NULL,
    ended_us INTEGER,
    triggered_value TEXT NOT NULL,
    status TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Prompts and their versions, experiments and their hypotheses: the filter language names them.
CREATE TABLE prompt (
    id BLOB PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    user_defined_id TEXT NOT NULL,
    description TEXT,
    pretty_name TEXT,
    metadata TEXT,
    created_us INTEGER NOT NULL,
    deleted_us INTEGER,
    UNIQUE (organization_id, user_defined_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE prompt_version (
    id BLOB PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    prompt_id BLOB NOT NULL REFERENCES prompt (id),
    major_version INTEGER NOT NULL,
    minor_version INTEGER NOT NULL,
    template TEXT,
    model TEXT,
    metadata TEXT,
    experiment_id BLOB,
    parent_version_id BLOB REFERENCES prompt_version (id),
    created_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL,
    deleted_us INTEGER,
    UNIQUE (organization_id, prompt_id, major_version, minor_version)
) STRICT, WITHOUT ROWID;

CREATE TABLE experiment (
    id BLOB PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    dataset_id BLOB,
    metadata TEXT,
    created_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE hypothesis (
    id BLOB PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    experiment_id BLOB NOT NULL REFERENCES experiment (id),
    prompt_version_id BLOB NOT NULL REFERENCES prompt_version (id),
    model TEXT NOT NULL,
    status TEXT NOT NULL,
    provider_key_id BLOB REFERENCES provider_key (id),
    created_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX hypothesis_by_experiment ON hypothesis (experiment_id);

CREATE TABLE hypothesis_run (
    id BLOB PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    hypothesis_id BLOB NOT NULL REFERENCES hypothesis (id),
    dataset_row_id BLOB NOT NULL,
    result_request_id BLOB,
    created_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX hypothesis_run_by_request ON hypothesis_run (organization_id, result_request_id);
