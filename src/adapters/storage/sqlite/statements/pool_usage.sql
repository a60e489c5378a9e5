-- How the numbers of a pool stand. A session counts on its two numbers, so no session is looked at.
-- ?1 pool → in_service, draining, reserved, idle, highest_load, active_sessions
SELECT count(*) FILTER (WHERE state = 'IN_SERVICE'), count(*) FILTER (WHERE state = 'DRAINING'),
       count(*) FILTER (WHERE reserved_by <> ''), count(*) FILTER (WHERE state = 'IN_SERVICE' AND load = 0),
       coalesce(max(load), 0),
       coalesce(sum(load), 0) / 2
FROM numbers
WHERE pool = ?1
