-- How the numbers of a pool stand. A session counts on its two numbers, so no session is looked at.
-- $1 pool → in_service, draining, reserved, idle, highest_load, active_sessions; no row without the pool
SELECT count(n.number) FILTER (WHERE n.state = 'IN_SERVICE'), count(n.number) FILTER (WHERE n.state = 'DRAINING'),
       count(n.number) FILTER (WHERE n.reserved_by <> ''),
       count(n.number) FILTER (WHERE n.state = 'IN_SERVICE' AND n.load = 0),
       coalesce(max(n.load), 0)::int8,
       (coalesce(sum(n.load), 0) / 2)::int8
FROM masking.pools AS p
LEFT JOIN masking.numbers AS n ON n.pool = p.name
WHERE p.name = $1
GROUP BY p.name
