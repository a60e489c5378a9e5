-- A sealed record.
-- $1 name
-- → sealed
SELECT sealed FROM masking.sealed_records WHERE name = $1
