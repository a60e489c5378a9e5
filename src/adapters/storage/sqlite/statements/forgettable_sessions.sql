-- Sessions of a pool that ended before its retention began.
-- ?1 pool, ?2 latest end_time, ?3 limit → id, record
SELECT s.id, w.record FROM sessions AS s JOIN session_records AS w ON w.session = s.id
WHERE s.pool = ?1 AND s.loading = 0 AND s.end_time <= ?2 LIMIT ?3
