-- Who holds the most of each place's numbers that new sessions may have. The index of routes by number has all that
-- is counted, so what has ended is not looked at, nor any row of the table.
-- ?1 pool, ?2 what ended by then is not held → country, area, numbers, held, session_id, side
WITH offered AS (
    SELECT number, {country} AS country, {area} AS area FROM numbers AS n
    WHERE pool = ?1 AND state = 'IN_SERVICE' AND voice = 1 AND reserved_by = ''
), holders AS (
    SELECT o.country, o.area, r.caller, count(*) AS held
    FROM offered AS o CROSS JOIN routes AS r ON r.dialled = o.number AND r.end_time > ?2
    GROUP BY o.country, o.area, r.caller
), most AS (
    -- The caller is that of the row with the maximum.
    SELECT country, area, max(held) AS held, caller FROM holders GROUP BY country, area
)
SELECT p.country, p.area, p.numbers, coalesce(m.held, 0), coalesce(s.session_id, ''), coalesce(r.side, 0)
FROM (SELECT country, area, count(*) AS numbers FROM offered GROUP BY country, area) AS p
LEFT JOIN most AS m ON m.country = p.country AND m.area = p.area
LEFT JOIN routes AS r ON r.caller = m.caller AND r.dialled = (
    SELECT own.dialled FROM routes AS own
    JOIN offered AS o ON o.number = own.dialled AND o.country = m.country AND o.area = m.area
    WHERE own.caller = m.caller AND own.end_time > ?2
    LIMIT 1
)
LEFT JOIN sessions AS s ON s.id = r.session
ORDER BY p.country, p.area
