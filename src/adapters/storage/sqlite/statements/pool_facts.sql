-- What the rules ask of every number of a pool, for one participant, counted by like facts.
-- ?1 pool, ?2 end of the last cool-off, ?3 now, ?4 own session row, ?5 own session id; {callers} look-up keys
-- → state, voice, country, area, reserved, in_use, occupied, cooling, count
SELECT state, voice, country, area, reserved, in_use,
       coalesce(last_used > ?3, 0), coalesce(last_used > ?2 AND last_used <= ?3, 0), count(*)
FROM (
    SELECT n.state, n.voice, n.country, n.area, n.reserved_by NOT IN ('', ?5) AS reserved,
           n.load > coalesce((
               SELECT s.loading * ((s.proxy_0 = n.number) + (s.proxy_1 = n.number)) FROM sessions AS s WHERE s.id = ?4
           ), 0) AS in_use,
           (SELECT max(r.end_time) FROM routes AS r
            WHERE r.caller IN ({callers}) AND r.dialled = n.number AND r.session <> ?4) AS last_used
    FROM numbers AS n
    WHERE n.pool = ?1
)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
