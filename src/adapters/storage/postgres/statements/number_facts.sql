-- What the rules ask of one number, for one participant.
-- $1 pool, $2 number, $3 now, $4 own session row, $5 own session id, $6 look-up keys
-- → state, voice, country, area, reserved, in_use, last_used
SELECT n.state, n.voice, n.country, n.area, n.reserved_by NOT IN ('', $5),
       EXISTS (
           SELECT 1 FROM masking.routes AS r WHERE r.dialled = n.number AND r.end_time > $3 AND r.session <> $4
       ),
       (SELECT max(r.end_time) FROM masking.routes AS r
        WHERE r.caller = ANY ($6::bytea[]) AND r.dialled = n.number AND r.session <> $4)
FROM masking.numbers AS n
WHERE n.number = $2 AND n.pool = $1
