-- Store an hour as it is.
-- ?1 pool, ?2 begin, ?3 version, ?4 counted_version, ?5 counts
INSERT INTO call_hours (pool, begin, version, counted_version, counts) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (pool, begin) DO UPDATE SET version = ?3, counted_version = ?4, counts = ?5
