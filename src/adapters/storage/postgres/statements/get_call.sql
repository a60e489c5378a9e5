-- A call.
-- $1 call id → record
SELECT record FROM masking.calls WHERE call_id = $1
