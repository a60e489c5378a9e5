-- Store calls but those that are known; one that another writer is about to store is waited for. They stand in their
-- order, which every writer keeps to.
-- $1 call ids, $2 times, $3 pools, $4 session ids, $5 numbers dialled, $6 keep_until of each, $7 records
-- → the call ids of those that were stored
INSERT INTO masking.calls (call_id, time, pool, session_id, dialled, keep_until, record)
SELECT * FROM unnest($1::text[], $2::int8[], $3::text[], $4::text[], $5::text[], $6::int8[], $7::text[])
ON CONFLICT (call_id) DO NOTHING
RETURNING call_id
