-- Forget what was counted of days long ago.
-- $1 latest begin, $2 limit → how many
WITH gone AS (
    DELETE FROM masking.call_days WHERE (pool, begin) IN (
        SELECT pool, begin FROM masking.call_days WHERE begin <= $1 ORDER BY begin LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    RETURNING 1
)
SELECT count(*) FROM gone
