-- Replace a pool's policy.
-- $1 name, $2 version, $3 policy, $4 update_time
UPDATE masking.pools SET version = $2, policy = $3, update_time = $4 WHERE name = $1
