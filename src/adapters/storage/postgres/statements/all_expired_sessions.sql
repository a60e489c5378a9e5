-- Every session that has ended and still counts on its numbers, locked, whoever else has it at hand.
-- $1 now → id, proxy_0, proxy_1, pool, session_id, version
SELECT id, proxy_0, proxy_1, pool, session_id, version FROM masking.sessions
WHERE loading AND end_time <= $1
ORDER BY id
FOR NO KEY UPDATE
