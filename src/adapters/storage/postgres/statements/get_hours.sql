-- Those of some hours in which calls began, and what was counted of them.
-- $1 pools, $2 the beginning of each hour → pool, begin, version, counted_version, counts
SELECT h.pool, h.begin, h.version, coalesce(c.counted_version, 0), coalesce(c.counts, '')
FROM (
    SELECT p.pool, p.begin, sum(p.version)::int8 AS version
    FROM unnest($1::text[], $2::int8[]) AS w (pool, begin)
    JOIN masking.call_hours AS p ON p.pool = w.pool AND p.begin = w.begin
    GROUP BY p.pool, p.begin
) AS h
LEFT JOIN masking.call_counts AS c ON c.pool = h.pool AND c.begin = h.begin
