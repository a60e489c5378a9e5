-- What an opening must know before it allocates.
-- $1 request_id or '', $2 session_id, $3 pool, $4 look-up keys of both participants, $5 now
-- → key_ids, record of the session opened before or NULL, whether the pool is there, which look-up keys are virtual
--   numbers', whether an expired session still loads its numbers, the row for the new session
SELECT ARRAY(SELECT key_id FROM masking.store_keys),
       (SELECT record FROM masking.sessions WHERE (request_id = $1 AND $1 <> '') OR session_id = $2 LIMIT 1),
       EXISTS (SELECT 1 FROM masking.pools WHERE name = $3),
       ARRAY(SELECT lookup FROM masking.virtual_lookups WHERE lookup = ANY ($4::bytea[])),
       EXISTS (SELECT 1 FROM masking.sessions WHERE loading AND end_time <= $5),
       nextval(pg_get_serial_sequence('masking.sessions', 'id'))
