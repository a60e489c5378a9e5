-- Sessions that have ended and still count on their numbers, the longest ended first, locked; those that another
-- writer has at hand are left to it.
-- $1 now, $2 limit → id, proxy_0, proxy_1, pool, session_id, version
SELECT id, proxy_0, proxy_1, pool, session_id, version FROM masking.sessions
WHERE loading AND end_time <= $1
ORDER BY end_time
LIMIT $2
FOR NO KEY UPDATE SKIP LOCKED
