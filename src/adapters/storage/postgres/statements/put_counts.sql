-- Remember what was counted of hours, unless a later version of one was counted, or it is forgotten.
-- $1 pool, $2 the beginning of each hour, in order, so that nobody waits for one who waits for him,
-- $3 counted_versions, $4 counts
INSERT INTO masking.call_counts AS c (pool, begin, counted_version, counts)
SELECT $1, h.begin, h.counted_version, h.counts
FROM unnest($2::int8[], $3::int8[], $4::bytea[]) AS h (begin, counted_version, counts)
WHERE EXISTS (SELECT 1 FROM masking.call_hours WHERE pool = $1 AND begin = h.begin)
ON CONFLICT (pool, begin) DO UPDATE SET counted_version = excluded.counted_version, counts = excluded.counts
WHERE c.counted_version <= excluded.counted_version
