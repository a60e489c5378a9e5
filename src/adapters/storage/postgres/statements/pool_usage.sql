-- How the numbers of a pool stand.
-- $1 pool → in_service, draining, reserved, idle, highest_load, active_sessions; no row without the pool
SELECT count(n.number) FILTER (WHERE n.state = 'IN_SERVICE'), count(n.number) FILTER (WHERE n.state = 'DRAINING'),
       count(n.number) FILTER (WHERE n.reserved_by <> ''),
       count(n.number) FILTER (WHERE n.state = 'IN_SERVICE' AND n.load = 0),
       coalesce(max(n.load), 0)::int8,
       (SELECT count(*) FROM masking.sessions AS s WHERE s.pool = $1 AND s.loading)
FROM masking.pools AS p
LEFT JOIN masking.numbers AS n ON n.pool = p.name
WHERE p.name = $1
GROUP BY p.name
