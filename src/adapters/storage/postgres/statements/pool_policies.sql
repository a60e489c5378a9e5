-- Every pool's policy.
-- → name, policy
SELECT name, policy FROM masking.pools
