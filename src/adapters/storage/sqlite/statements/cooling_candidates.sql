-- Available numbers that are free for a participant but cooling off, the longest unused first.
-- ?1 pool, ?2 end of the last cool-off, ?3 limit, ?4 highest load, ?5 own session row, ?6 now;
-- {near} the conditions on country and area, with their own parameters; {callers} look-up keys → number, load, last_used
SELECT n.number, n.load, ended.end_time
FROM routes AS ended
JOIN numbers AS n ON n.number = ended.dialled
WHERE ended.caller IN ({callers}) AND ended.end_time > ?2 AND ended.end_time <= ?6 AND ended.session <> ?5
      AND n.pool = ?1 AND n.state = 'IN_SERVICE' AND n.voice = 1 AND n.reserved_by = '' AND n.load <= ?4
      {near}
      AND NOT EXISTS (
          SELECT 1 FROM routes AS r
          WHERE r.caller IN ({callers}) AND r.dialled = n.number AND r.session <> ?5
                AND (r.end_time > ended.end_time OR (r.end_time = ended.end_time AND r.caller > ended.caller))
      )
ORDER BY ended.end_time
LIMIT ?3
