-- The session that a request opened.
-- $1 request_id → record
SELECT record FROM masking.sessions WHERE request_id = $1
