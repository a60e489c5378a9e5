-- Wait for whoever migrates the schema, and keep others from it until the transaction's end.
SELECT pg_advisory_xact_lock(1296126539, 2)
