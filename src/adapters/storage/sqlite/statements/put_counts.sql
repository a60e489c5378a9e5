-- Remember what was counted of an hour, unless a later version was counted.
-- ?1 pool, ?2 begin, ?3 counted_version, ?4 counts
UPDATE call_hours SET counted_version = ?3, counts = ?4 WHERE pool = ?1 AND begin = ?2 AND counted_version <= ?3
