-- Forget the reports of sessions.
-- $1 session ids
DELETE FROM masking.reports WHERE session_id = ANY ($1::text[])
