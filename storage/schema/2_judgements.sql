-- Scores and feedback are kept by the request's public id, as they may come before its row does.

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
