-- Sessions that ended before the retention of their pool began, locked, the longest ended of each pool first; those
-- that another writer has are left to it. Pool by pool, so that what is not due yet is not looked at.
-- $1 pools, $2 latest end_time in each, $3 limit → id, record
SELECT due.id, due.record
FROM unnest($1::text[], $2::int8[]) AS p (pool, latest)
CROSS JOIN LATERAL (
    SELECT s.id, w.record FROM masking.sessions AS s JOIN masking.session_records AS w ON w.session = s.id
    WHERE s.pool = p.pool AND NOT s.loading AND s.end_time <= p.latest
    ORDER BY s.end_time
    LIMIT $3
    FOR UPDATE OF s, w SKIP LOCKED
) AS due
LIMIT $3
