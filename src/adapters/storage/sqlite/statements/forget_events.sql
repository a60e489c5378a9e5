-- Forget events.
-- ?1 latest time, ?2 limit
DELETE FROM events WHERE id IN (SELECT id FROM events WHERE time <= ?1 LIMIT ?2)
