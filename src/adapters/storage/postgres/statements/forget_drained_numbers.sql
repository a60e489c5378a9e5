-- Remove those of the locked numbers that are drained and held by no route, as of now that they are locked.
-- $1 numbers → how many
WITH gone AS (
    DELETE FROM masking.numbers AS n
    WHERE n.number = ANY ($1::text[]) AND n.state = 'DRAINING'
          AND NOT EXISTS (SELECT 1 FROM masking.routes AS r WHERE r.dialled = n.number)
    RETURNING 1
)
SELECT count(*) FROM gone
