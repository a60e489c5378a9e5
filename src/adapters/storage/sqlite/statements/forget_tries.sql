-- Forget the tries of calls that are over.
-- ?1 latest time, ?2 limit
DELETE FROM pin_tries WHERE (call_id, tried) IN (SELECT call_id, tried FROM pin_tries WHERE time <= ?1 LIMIT ?2)
