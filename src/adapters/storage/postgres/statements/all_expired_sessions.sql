-- Every session that has ended and still counts on its numbers, locked, whoever else has it at hand.
-- $1 now → id, proxy_0, proxy_1
SELECT id, proxy_0, proxy_1 FROM masking.sessions WHERE loading AND end_time <= $1 ORDER BY id FOR NO KEY UPDATE
