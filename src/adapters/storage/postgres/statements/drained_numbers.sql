-- Drained numbers that no remembered route holds, locked.
-- $1 limit → number
SELECT n.number FROM masking.numbers AS n
WHERE n.state = 'DRAINING' AND NOT EXISTS (SELECT 1 FROM masking.routes AS r WHERE r.dialled = n.number)
ORDER BY n.number
LIMIT $1
FOR UPDATE OF n SKIP LOCKED
