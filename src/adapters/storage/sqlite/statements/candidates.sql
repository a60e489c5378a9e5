-- Available numbers that are free for a participant and past their cool-off, the least loaded first.
-- ?1 pool, ?2 end of the last cool-off, ?3 limit, ?4 highest load, ?5 own session row;
-- {near} the conditions on country and area, with their own parameters; {callers} look-up keys → number, load, last_used
SELECT n.number, n.load, (
    SELECT max(r.end_time) FROM routes AS r
    WHERE r.caller IN ({callers}) AND r.dialled = n.number AND r.session <> ?5
)
FROM numbers AS n
WHERE n.pool = ?1 AND n.state = 'IN_SERVICE' AND n.voice = 1 AND n.reserved_by = '' AND n.load <= ?4
      {near}
      AND NOT EXISTS (
          SELECT 1 FROM routes AS r
          WHERE r.caller IN ({callers}) AND r.dialled = n.number AND r.end_time > ?2 AND r.session <> ?5
      )
ORDER BY n.load, n.touched
LIMIT ?3
