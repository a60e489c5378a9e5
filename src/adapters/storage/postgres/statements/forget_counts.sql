-- Forget what was counted of hours long ago.
-- $1 latest begin, $2 limit → how many
WITH gone AS (
    DELETE FROM masking.call_counts WHERE (pool, begin) IN (
        SELECT pool, begin FROM masking.call_counts WHERE begin <= $1 ORDER BY begin LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    RETURNING 1
)
SELECT count(*) FROM gone
