-- Forget locked sessions.
-- $1 session rows
WITH whole AS (
    DELETE FROM masking.session_records WHERE session = ANY ($1::int8[])
)
DELETE FROM masking.sessions WHERE id = ANY ($1::int8[])
