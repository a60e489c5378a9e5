-- Forget what was counted of days.
-- ?1 latest begin, ?2 limit
DELETE FROM call_days WHERE (pool, begin) IN (SELECT pool, begin FROM call_days WHERE begin <= ?1 LIMIT ?2)
