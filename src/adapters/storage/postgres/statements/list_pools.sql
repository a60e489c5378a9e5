-- Pools by name.
-- $1 name to begin after, $2 limit → the pool's columns
SELECT name, policy, create_time, update_time, version FROM masking.pools WHERE name > $1 ORDER BY name LIMIT $2
