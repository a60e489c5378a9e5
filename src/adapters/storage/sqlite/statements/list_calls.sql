-- Calls from the latest on.
-- ?1 limit, ?2 earliest time, and what the conditions ask for → record
SELECT c.record FROM calls AS c WHERE c.time >= ?2 {where} ORDER BY c.time DESC, c.call_id DESC LIMIT ?1
