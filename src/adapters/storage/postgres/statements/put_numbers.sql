-- Put numbers into service in a pool; one that is there keeps its load, its reservation and its age.
-- $1 pool, $2 numbers in their order, $3 countries, $4 areas, $5 voice, $6 sms, $7 now
INSERT INTO masking.numbers AS n (number, pool, country, area, voice, sms, state, create_time)
SELECT w.number, $1, w.country, w.area, w.voice, w.sms, 'IN_SERVICE', $7
FROM unnest($2::text[], $3::text[], $4::text[], $5::bool[], $6::bool[]) AS w (number, country, area, voice, sms)
ON CONFLICT (number) DO UPDATE
SET country = excluded.country, area = excluded.area, voice = excluded.voice, sms = excluded.sms, state = 'IN_SERVICE'
