-- Put a number into service in a pool; one that is there keeps its load, its reservation and its age.
-- ?1 number, ?2 pool, ?3 country, ?4 area, ?5 voice, ?6 sms, ?7 now
INSERT INTO numbers (number, pool, country, area, voice, sms, state, create_time)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'IN_SERVICE', ?7)
ON CONFLICT (number) DO UPDATE
SET country = ?3, area = ?4, voice = ?5, sms = ?6, state = 'IN_SERVICE'
