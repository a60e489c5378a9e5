-- Forget the look-up keys of virtual numbers.
-- $1 numbers
DELETE FROM masking.virtual_lookups WHERE number = ANY ($1::text[])
