-- The blocks that are known by any of these look-up keys.
-- {callers} look-up keys → block_id
SELECT DISTINCT block_id FROM block_lookups WHERE lookup IN ({callers})
