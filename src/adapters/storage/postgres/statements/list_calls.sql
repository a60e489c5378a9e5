-- Calls, the latest first.
-- $1 and $2 time and call id to begin before, $3 time to end at, $4 limit, then what the conditions take;
-- {where} the conditions asked for → record
SELECT c.record FROM masking.calls AS c
WHERE (c.time, c.call_id) < ($1, $2) AND c.time >= $3 {where}
ORDER BY c.time DESC, c.call_id DESC
LIMIT $4
