-- Remember what was counted of a day, unless a later version was counted.
-- ?1 pool, ?2 begin, ?3 counted_version, ?4 counts
INSERT INTO call_days (pool, begin, counted_version, counts) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (pool, begin) DO UPDATE SET counted_version = ?3, counts = ?4 WHERE counted_version <= ?3
