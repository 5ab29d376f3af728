-- The calls that took four seconds and more, in their order, with what says how long: slow calls are listed and counted
-- without looking at the others. Only questions that say so (storage/requests.cpp) use it.
CREATE INDEX request_slow ON request (organization_id, id, created_us, ended_us, status)
WHERE ended_us - created_us >= 4000000;
