-- What the rules ask of one number, for one participant.
-- ?1 pool, ?2 number, ?3 own session row, ?4 own session id; {callers} look-up keys
-- → state, voice, country, area, reserved, in_use, last_used
SELECT n.state, n.voice, n.country, n.area, n.reserved_by NOT IN ('', ?4),
       n.load > coalesce((
           SELECT s.loading * ((s.proxy_0 = n.number) + (s.proxy_1 = n.number)) FROM sessions AS s WHERE s.id = ?3
       ), 0),
       (SELECT max(r.end_time) FROM routes AS r
        WHERE r.caller IN ({callers}) AND r.dialled = n.number AND r.session <> ?3)
FROM numbers AS n
WHERE n.number = ?2 AND n.pool = ?1
