-- Spans and the calls that clients track beside them find each other by the span's id, whichever comes first.
CREATE INDEX tracked_request_by_span ON tracked_request (organization_id, span_id) WHERE span_id IS NOT NULL;
CREATE INDEX span_by_its_id ON span (organization_id, span_id);
UPDATE span SET request_id=(SELECT t.request_id FROM tracked_request AS t WHERE t.organization_id=span.organization_id
                            AND t.span_id=span.span_id LIMIT 1)
WHERE request_id IS NULL;
