-- The hours of a pool in which calls began.
-- ?1 pool, ?2 first, ?3 end → begin, version, counted_version, counts
SELECT begin, version, counted_version, counts FROM call_hours WHERE pool = ?1 AND begin >= ?2 AND begin < ?3
ORDER BY begin
