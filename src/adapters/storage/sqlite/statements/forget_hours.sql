-- Forget what was counted of hours.
-- ?1 latest begin, ?2 limit
DELETE FROM call_hours WHERE (pool, begin) IN (SELECT pool, begin FROM call_hours WHERE begin <= ?1 LIMIT ?2)
