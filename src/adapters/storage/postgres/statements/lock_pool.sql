-- The version of a pool, locked.
-- $1 name → version
SELECT version FROM masking.pools WHERE name = $1 FOR NO KEY UPDATE
