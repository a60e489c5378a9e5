-- The calls that are known, locked in the order that every writer keeps to.
-- $1 call ids → record
SELECT record FROM masking.calls WHERE call_id = ANY ($1::text[]) ORDER BY call_id FOR NO KEY UPDATE
