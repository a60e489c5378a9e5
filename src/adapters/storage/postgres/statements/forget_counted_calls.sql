-- Forget calls that count for no limit any more.
-- $1 now, $2 limit → how many
WITH gone AS (
    DELETE FROM masking.counted_calls WHERE (subject, call_id) IN (
        SELECT subject, call_id FROM masking.counted_calls WHERE keep_until <= $1 ORDER BY keep_until LIMIT $2
        FOR UPDATE SKIP LOCKED
    )
    RETURNING 1
)
SELECT count(*) FROM gone
