-- Store what was counted of hours of which nothing is known.
-- $1 pools, $2 the beginning of each hour, $3 counted_versions, $4 counts
INSERT INTO masking.call_counts (pool, begin, counted_version, counts)
SELECT * FROM unnest($1::text[], $2::int8[], $3::int8[], $4::bytea[])
