-- What a revision must know before it allocates; locks the session. (See opening_checks.sql and lock_session.sql.)
-- $1 session_id, $2 look-up keys of the changed participants, $3 now
-- → row, record, loading, which look-up keys are virtual numbers' and which are blocked ones', whether an expired
--   session still loads its numbers
SELECT s.id, w.record, s.loading,
       ARRAY(SELECT lookup FROM masking.virtual_lookups WHERE lookup = ANY ((SELECT $2::bytea[])::bytea[])),
       ARRAY(SELECT lookup FROM masking.block_lookups WHERE lookup = ANY ((SELECT $2::bytea[])::bytea[])),
       coalesce((SELECT end_time FROM masking.sessions WHERE loading ORDER BY end_time LIMIT 1) <= $3, false)
FROM masking.sessions AS s JOIN masking.session_records AS w ON w.session = s.id
WHERE s.session_id = $1
FOR NO KEY UPDATE OF s, w
