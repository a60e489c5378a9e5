-- Count sessions on their numbers no longer.
-- $1 session rows
UPDATE masking.sessions SET loading = false WHERE id = ANY ($1::int8[])
