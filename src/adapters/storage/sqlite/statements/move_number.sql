-- Store a number as it is, if its pool is there.
-- ?1 number, ?2 pool, ?3 country, ?4 area, ?5 voice, ?6 sms, ?7 state, ?8 load, ?9 reserved_by, ?10 create_time, ?11 touched
-- → a row if it was stored
INSERT INTO numbers (number, pool, country, area, voice, sms, state, load, reserved_by, create_time, touched)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 WHERE EXISTS (SELECT 1 FROM pools WHERE name = ?2)
ON CONFLICT (number) DO UPDATE
SET pool = ?2, country = ?3, area = ?4, voice = ?5, sms = ?6, state = ?7, load = ?8, reserved_by = ?9,
    create_time = ?10, touched = ?11
RETURNING 1
