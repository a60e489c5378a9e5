-- The days of a pool in which calls began, and what was counted of them.
-- $1 pool, $2 time to begin with, $3 time to end before, $4 how long a day is
-- → begin, version, counted_version, counts
SELECT h.begin, h.version, coalesce(d.counted_version, 0), coalesce(d.counts, '')
FROM (
    SELECT begin - begin % $4 AS begin, sum(version)::int8 AS version FROM masking.call_hours
    WHERE pool = $1 AND begin >= $2 AND begin < $3
    GROUP BY 1
) AS h
LEFT JOIN masking.call_days AS d ON d.pool = $1 AND d.begin = h.begin AND d.begin >= $2 AND d.begin < $3
ORDER BY h.begin
