-- Forget the versions of hours long ago.
-- $1 latest begin, $2 limit → how many parts
WITH gone AS (
    DELETE FROM masking.call_hours WHERE (pool, begin, part) IN (
        SELECT pool, begin, part FROM masking.call_hours WHERE begin <= $1 ORDER BY begin LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    RETURNING 1
)
SELECT count(*) FROM gone
