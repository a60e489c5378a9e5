-- Forget sessions.
-- $1 session rows
DELETE FROM masking.sessions WHERE id = ANY ($1::int8[])
