-- A pool.
-- $1 name → the pool's columns
SELECT name, policy, create_time, update_time, version FROM masking.pools WHERE name = $1
