-- Forget a sealed record.
-- $1 name
DELETE FROM masking.sealed_records WHERE name = $1
