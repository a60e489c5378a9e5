-- Sessions that ended before the retention of their pool began, locked; those that another writer has are left to it.
-- $1 pools, $2 latest end_time in each, $3 limit → id, record
SELECT s.id, s.record
FROM unnest($1::text[], $2::int8[]) AS p (pool, latest)
JOIN masking.sessions AS s ON s.pool = p.pool AND NOT s.loading AND s.end_time <= p.latest
LIMIT $3
FOR UPDATE OF s SKIP LOCKED
