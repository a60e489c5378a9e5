-- Keep the store's keys and the set of virtual numbers as they are until the transaction's end.
SELECT pg_advisory_xact_lock_shared(1296126539, 1)
