-- Give locked numbers no new sessions.
-- $1 numbers
UPDATE masking.numbers SET state = 'DRAINING' WHERE number = ANY ($1::text[])
