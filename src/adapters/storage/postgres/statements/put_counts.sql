-- Remember what was counted of an hour, unless a later version of it was counted, or the hour is forgotten.
-- $1 pool, $2 begin, $3 counted_version, $4 counts
INSERT INTO masking.call_counts AS c (pool, begin, counted_version, counts)
SELECT $1, $2, $3, $4 WHERE EXISTS (SELECT 1 FROM masking.call_hours WHERE pool = $1 AND begin = $2)
ON CONFLICT (pool, begin) DO UPDATE SET counted_version = excluded.counted_version, counts = excluded.counts
WHERE c.counted_version <= excluded.counted_version
