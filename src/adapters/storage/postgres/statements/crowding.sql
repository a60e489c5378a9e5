-- Who holds the most of each place's numbers that new sessions may have.
-- $1 pool, $2 what ended by then is not held → country, area, numbers, held, session_id, side
WITH offered AS (
    SELECT number, {country} AS country, {area} AS area FROM masking.numbers AS n
    WHERE pool = $1 AND state = 'IN_SERVICE' AND voice AND reserved_by = ''
), holders AS (
    SELECT o.country, o.area, r.caller, count(*) AS held
    FROM offered AS o JOIN masking.routes AS r ON r.dialled = o.number AND r.end_time > $2
    GROUP BY o.country, o.area, r.caller
), most AS (
    SELECT DISTINCT ON (country, area) country, area, held, caller FROM holders ORDER BY country, area, held DESC
)
SELECT p.country, p.area, p.numbers, coalesce(m.held, 0), coalesce(s.session_id, ''), coalesce(one.side, 0)::int4
FROM (SELECT country, area, count(*) AS numbers FROM offered GROUP BY country, area) AS p
LEFT JOIN most AS m ON m.country = p.country AND m.area = p.area
LEFT JOIN LATERAL (
    SELECT r.session, r.side FROM masking.routes AS r
    JOIN offered AS o ON o.number = r.dialled AND o.country = m.country AND o.area = m.area
    WHERE r.caller = m.caller AND r.end_time > $2
    LIMIT 1
) AS one ON true
LEFT JOIN masking.sessions AS s ON s.id = one.session
ORDER BY p.country, p.area
