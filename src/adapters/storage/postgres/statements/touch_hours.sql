-- Give hours another version: what their parts come to grows. This server process counts in its own part, and in the
-- order of the hours, which every writer keeps to.
-- $1 pools, $2 the beginning of each hour, in their order
INSERT INTO masking.call_hours AS h (pool, begin, part, version)
SELECT w.pool, w.begin, pg_backend_pid() % 16, 1 FROM unnest($1::text[], $2::int8[]) AS w (pool, begin)
ON CONFLICT (pool, begin, part) DO UPDATE SET version = h.version + 1
