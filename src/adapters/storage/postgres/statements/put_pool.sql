-- Store a new pool, unless its name is taken.
-- $1 name, $2 version, $3 policy, $4 create_time, $5 update_time → a row if it was not
INSERT INTO masking.pools (name, version, policy, create_time, update_time) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
RETURNING 1
