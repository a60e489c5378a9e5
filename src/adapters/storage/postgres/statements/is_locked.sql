-- Whether a number takes no PIN.
-- $1 number dialled, $2 now → whether it does not
SELECT EXISTS (SELECT 1 FROM masking.pin_numbers WHERE dialled = $1 AND locked_until > $2)
