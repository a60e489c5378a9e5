-- Remember what was counted of days, unless a later version of one was counted.
-- $1 pool, $2 the beginning of each day, in order, so that nobody waits for one who waits for him,
-- $3 counted_versions, $4 counts
INSERT INTO masking.call_days AS c (pool, begin, counted_version, counts)
SELECT $1, d.begin, d.counted_version, d.counts
FROM unnest($2::int8[], $3::int8[], $4::bytea[]) AS d (begin, counted_version, counts)
ON CONFLICT (pool, begin) DO UPDATE SET counted_version = excluded.counted_version, counts = excluded.counts
WHERE c.counted_version <= excluded.counted_version
