-- Forget what was tried on numbers.
-- $1 numbers dialled
DELETE FROM masking.pin_numbers WHERE dialled = ANY ($1::text[])
