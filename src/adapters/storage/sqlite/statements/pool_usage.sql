-- How the numbers of a pool stand.
-- ?1 pool → in_service, draining, reserved, idle, highest_load, active_sessions
SELECT count(*) FILTER (WHERE state = 'IN_SERVICE'), count(*) FILTER (WHERE state = 'DRAINING'),
       count(*) FILTER (WHERE reserved_by <> ''), count(*) FILTER (WHERE state = 'IN_SERVICE' AND load = 0),
       coalesce(max(load), 0),
       (SELECT count(*) FROM sessions WHERE pool = ?1 AND loading = 1)
FROM numbers
WHERE pool = ?1
