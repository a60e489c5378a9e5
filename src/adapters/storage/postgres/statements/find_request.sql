-- The session that a request opened.
-- $1 request_id → record
SELECT w.record FROM masking.sessions AS s JOIN masking.session_records AS w ON w.session = s.id WHERE s.request_id = $1
