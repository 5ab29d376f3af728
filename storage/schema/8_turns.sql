-- Organisations take turns: what of each is to be run next.
CREATE INDEX run_waiting ON run (organization_id, next_try_us) WHERE status = 'queued';
