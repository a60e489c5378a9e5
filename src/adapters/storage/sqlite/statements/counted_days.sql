-- The days of a pool in which calls began, and what was counted of them.
-- ?1 pool, ?2 first, ?3 end, ?4 how long a day is → begin, version, counted_version, counts
SELECT h.day, h.version, coalesce(d.counted_version, 0), coalesce(d.counts, x'')
FROM (
    SELECT begin - begin % ?4 AS day, sum(version) AS version FROM call_hours
    WHERE pool = ?1 AND begin >= ?2 AND begin < ?3
    GROUP BY day
) AS h
LEFT JOIN call_days AS d ON d.pool = ?1 AND d.begin = h.day
ORDER BY h.day
