-- Store pools as they are.
-- $1 names, $2 versions, $3 policies, $4 create_times, $5 update_times
INSERT INTO masking.pools (name, version, policy, create_time, update_time)
SELECT * FROM unnest($1::text[], $2::int8[], $3::text[], $4::int8[], $5::int8[])
ON CONFLICT (name) DO UPDATE
SET version = excluded.version, policy = excluded.policy, create_time = excluded.create_time,
    update_time = excluded.update_time
