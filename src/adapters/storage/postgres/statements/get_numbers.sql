-- Numbers by name.
-- $1 numbers → the number's columns
SELECT number, pool, country, area, voice, sms, state, load, reserved_by, create_time
FROM masking.numbers
WHERE number = ANY ($1::text[])
