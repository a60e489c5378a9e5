-- The hours of a pool in which calls began, and what was counted of them.
-- $1 pool, $2 time to begin with, $3 time to end before → begin, version, counted_version, counts
SELECT h.begin, h.version, coalesce(c.counted_version, 0), coalesce(c.counts, '')
FROM (
    SELECT begin, sum(version)::int8 AS version FROM masking.call_hours
    WHERE pool = $1 AND begin >= $2 AND begin < $3
    GROUP BY begin
) AS h
LEFT JOIN masking.call_counts AS c ON c.pool = $1 AND c.begin = h.begin AND c.begin >= $2 AND c.begin < $3
ORDER BY h.begin
