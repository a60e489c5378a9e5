-- A session.
-- $1 session_id → record
SELECT record FROM masking.sessions WHERE session_id = $1
