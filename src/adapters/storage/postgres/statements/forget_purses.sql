-- Forget what was spent on days that are over, with the costs of their calls.
-- $1 now, $2 limit → how many
WITH gone AS (
    DELETE FROM masking.purses WHERE name IN (
        SELECT name FROM masking.purses WHERE keep_until <= $1 ORDER BY keep_until LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    RETURNING 1
)
SELECT count(*) FROM gone
