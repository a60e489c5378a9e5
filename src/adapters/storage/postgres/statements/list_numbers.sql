-- Numbers in the order of their digits.
-- $1 number to begin after, $2 limit, then what the conditions take; {where} the conditions asked for
-- → the number's columns
SELECT number, pool, country, area, voice, sms, state, load, reserved_by, create_time
FROM masking.numbers
WHERE number > $1 {where}
ORDER BY number
LIMIT $2
