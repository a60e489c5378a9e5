-- Available numbers that are free for a participant and past their cool-off, the least loaded first.
-- $1 pool, $2 end of the last cool-off, $3 highest load, $4 own session row, $5 look-up keys;
-- {near} the conditions on country and area, with their own parameters → number, load, last_used
SELECT n.number, n.load, used.last_used
FROM masking.numbers AS n
CROSS JOIN LATERAL (
    SELECT max(r.end_time) AS last_used FROM masking.routes AS r
    WHERE r.caller = ANY ((SELECT $5::bytea[])::bytea[]) AND r.dialled = n.number AND r.session <> $4
) AS used
WHERE n.pool = $1 AND n.state = 'IN_SERVICE' AND n.voice AND n.reserved_by = '' AND n.load <= $3
      {near}
      AND coalesce(used.last_used, 0) <= $2
ORDER BY n.load, n.touched
LIMIT {limit}
