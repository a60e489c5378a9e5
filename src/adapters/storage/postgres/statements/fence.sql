-- Wait for every opening, revision and report under way, and keep new ones out until the transaction's end.
SELECT pg_advisory_xact_lock(1296126539, 1)
