-- Forget what was counted on numbers.
-- $1 now, $2 limit → how many
WITH gone AS (
    DELETE FROM masking.pin_numbers WHERE dialled IN (
        SELECT dialled FROM masking.pin_numbers WHERE keep_until <= $1 ORDER BY keep_until LIMIT $2
        FOR UPDATE SKIP LOCKED
    )
    RETURNING 1
)
SELECT count(*) FROM gone
