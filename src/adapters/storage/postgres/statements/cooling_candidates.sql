-- Available numbers that are free for a participant but cooling off, the longest unused first.
-- $1 pool, $2 end of the last cool-off, $3 highest load, $4 own session row, $5 look-up keys, $6 now;
-- {near} the conditions on country and area, with their own parameters → number, load, last_used
SELECT n.number, n.load, ended.end_time
FROM masking.routes AS ended
JOIN masking.numbers AS n ON n.number = ended.dialled
WHERE ended.caller = ANY ($5::bytea[]) AND ended.end_time > $2 AND ended.end_time <= $6 AND ended.session <> $4
      AND n.pool = $1 AND n.state = 'IN_SERVICE' AND n.voice AND n.reserved_by = '' AND n.load <= $3
      {near}
      AND NOT EXISTS (
          SELECT 1 FROM masking.routes AS r
          WHERE r.caller = ANY ($5::bytea[]) AND r.dialled = n.number AND r.session <> $4
                AND (r.end_time > ended.end_time OR (r.end_time = ended.end_time AND r.caller > ended.caller))
      )
ORDER BY ended.end_time
LIMIT {limit}
