-- Remove locked numbers, and their look-up keys with them.
-- $1 numbers
DELETE FROM masking.numbers WHERE number = ANY ($1::text[])
