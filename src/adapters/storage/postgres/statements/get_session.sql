-- A session.
-- $1 session_id → record
SELECT w.record FROM masking.sessions AS s JOIN masking.session_records AS w ON w.session = s.id WHERE s.session_id = $1
