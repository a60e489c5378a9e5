-- What an opening must know before it allocates. (One index entry is looked at for each: a planner that does not know
-- what is asked for thinks that a third of all sessions have expired, and would go through all of them to find one.)
-- $1 request_id or '', $2 session_id, $3 pool, $4 look-up keys of both participants, $5 now
-- → key_ids, record of the session opened before or NULL, whether the pool is there, which look-up keys are virtual
--   numbers' and which are blocked ones', whether an expired session still loads its numbers, the row for the new session
SELECT ARRAY(SELECT key_id FROM masking.store_keys),
       (SELECT record FROM masking.session_records WHERE session = coalesce(
            (SELECT id FROM masking.sessions WHERE session_id = $2),
            (SELECT id FROM masking.sessions WHERE request_id = nullif($1, '')))),
       EXISTS (SELECT 1 FROM masking.pools WHERE name = $3),
       ARRAY(SELECT lookup FROM masking.virtual_lookups WHERE lookup = ANY ((SELECT $4::bytea[])::bytea[])),
       ARRAY(SELECT lookup FROM masking.block_lookups WHERE lookup = ANY ((SELECT $4::bytea[])::bytea[])),
       coalesce((SELECT end_time FROM masking.sessions WHERE loading ORDER BY end_time LIMIT 1) <= $5, false),
       nextval(pg_get_serial_sequence('masking.sessions', 'id'))
