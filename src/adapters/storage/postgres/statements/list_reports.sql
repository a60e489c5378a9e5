-- The reports of a session in the order they came.
-- $1 session_id → digest, session_id, receive_time, body
SELECT digest, session_id, receive_time, body FROM masking.reports WHERE session_id = $1 ORDER BY receive_time
