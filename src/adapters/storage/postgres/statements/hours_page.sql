-- Hours in which calls began, by pool and beginning, and what was counted of them.
-- $1 and $2 pool and beginning to begin after, $3 limit → pool, begin, version, counted_version, counts
SELECT h.pool, h.begin, h.version, coalesce(c.counted_version, 0), coalesce(c.counts, '')
FROM (
    SELECT pool, begin, sum(version)::int8 AS version FROM masking.call_hours
    WHERE (pool, begin) > ($1, $2)
    GROUP BY pool, begin
    ORDER BY pool, begin
    LIMIT $3
) AS h
LEFT JOIN masking.call_counts AS c ON c.pool = h.pool AND c.begin = h.begin
ORDER BY h.pool, h.begin
