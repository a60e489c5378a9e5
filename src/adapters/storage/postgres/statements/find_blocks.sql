-- The blocks that are known by any of these look-up keys.
-- $1 look-up keys → block_id
SELECT DISTINCT block_id FROM masking.block_lookups WHERE lookup = ANY ((SELECT $1::bytea[])::bytea[])
