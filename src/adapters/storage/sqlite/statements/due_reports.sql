-- Reports that may belong to no session any more.
-- ?1 latest time of coming, or of having been put off, ?2 limit → digest, whether its session is remembered
SELECT r.digest, EXISTS (SELECT 1 FROM sessions AS s WHERE s.session_id = r.session_id)
FROM reports AS r
WHERE max(r.receive_time, r.held_time) <= ?1
ORDER BY max(r.receive_time, r.held_time)
LIMIT ?2
