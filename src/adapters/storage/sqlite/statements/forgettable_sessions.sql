-- Sessions of a pool that ended before its retention began.
-- ?1 pool, ?2 latest end_time, ?3 limit → id, record
SELECT id, record FROM sessions WHERE pool = ?1 AND loading = 0 AND end_time <= ?2 LIMIT ?3
