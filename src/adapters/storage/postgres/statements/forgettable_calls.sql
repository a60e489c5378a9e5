-- Calls past their retention, locked; those that another writer has are left to it.
-- $1 now, $2 limit → record
SELECT record FROM masking.calls WHERE keep_until <= $1 ORDER BY keep_until LIMIT $2 FOR UPDATE SKIP LOCKED
