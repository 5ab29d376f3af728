-- What dashboards add up and filters compare, in the order of time: a question about all calls that names nothing else
-- reads a sixth of the record. A row appends to it, so that it costs the writer little.
CREATE INDEX request_figures ON request (
    created_us, ended_us, organization_id, status, prompt_tokens, completion_tokens, total_tokens, cost_nanos,
    time_to_first_token_us, prompt_cache_read_tokens, prompt_cache_write_tokens);
