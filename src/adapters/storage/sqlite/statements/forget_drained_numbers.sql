-- Remove drained numbers that no remembered route holds.
-- ?1 limit
DELETE FROM numbers WHERE number IN (
    SELECT n.number FROM numbers AS n
    WHERE n.state = 'DRAINING' AND NOT EXISTS (SELECT 1 FROM routes AS r WHERE r.dialled = n.number)
    LIMIT ?1
)
