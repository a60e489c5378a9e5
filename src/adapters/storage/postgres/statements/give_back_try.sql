-- Count a try on a number no longer.
-- $1 number dialled
UPDATE masking.pin_numbers SET tries = tries - 1 WHERE dialled = $1 AND tries > 0
