-- Forget locked calls.
-- $1 call ids
DELETE FROM masking.calls WHERE call_id = ANY ($1::text[])
