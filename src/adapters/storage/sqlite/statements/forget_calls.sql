-- Forget calls whose time has come.
-- ?1 now, ?2 limit
DELETE FROM calls WHERE id IN (SELECT id FROM calls WHERE keep_until <= ?1 LIMIT ?2)
