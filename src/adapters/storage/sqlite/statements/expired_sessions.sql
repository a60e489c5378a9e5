-- Sessions that have ended and still count on their numbers, the longest ended first.
-- ?1 now, ?2 limit → id, session_id, proxy_0, proxy_1, pool, version
SELECT id, session_id, proxy_0, proxy_1, pool, version
FROM sessions WHERE loading = 1 AND end_time <= ?1 ORDER BY end_time LIMIT ?2
