-- Forget what was spent on days that are over, with the costs of their calls.
-- ?1 now, ?2 limit
DELETE FROM purses WHERE name IN (SELECT name FROM purses WHERE keep_until <= ?1 LIMIT ?2)
