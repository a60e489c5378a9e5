-- Forget what was counted of calls.
-- $1 now, $2 limit → how many
WITH gone AS (
    DELETE FROM masking.pin_calls WHERE call_id IN (
        SELECT call_id FROM masking.pin_calls WHERE keep_until <= $1 ORDER BY keep_until LIMIT $2
        FOR UPDATE SKIP LOCKED
    )
    RETURNING 1
)
SELECT count(*) FROM gone
