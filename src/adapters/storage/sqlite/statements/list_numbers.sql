-- Numbers in the order of their digits.
-- ?1 number to begin after, ?2 limit, ?3 pool or '', ?4 state or '', ?5 country or '' → the number's columns
SELECT number, pool, country, area, voice, sms, state, load, reserved_by, create_time
FROM numbers
WHERE number > ?1 AND (?3 = '' OR pool = ?3) AND (?4 = '' OR state = ?4) AND (?5 = '' OR country = ?5)
ORDER BY number
LIMIT ?2
