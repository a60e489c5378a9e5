-- What the rules ask of one number, for one participant.
-- $1 pool, $2 number, $3 own session row, $4 own session id, $5 look-up keys
-- → state, voice, country, area, reserved, in_use, last_used
SELECT n.state, n.voice, n.country, n.area, n.reserved_by NOT IN ('', $4),
       n.load > coalesce((
           SELECT (s.proxy_0 = n.number)::int + (s.proxy_1 = n.number)::int
           FROM masking.sessions AS s WHERE s.id = $3 AND s.loading
       ), 0),
       (SELECT max(r.end_time) FROM masking.routes AS r
        WHERE r.caller = ANY ($5::bytea[]) AND r.dialled = n.number AND r.session <> $3)
FROM masking.numbers AS n
WHERE n.number = $2 AND n.pool = $1
