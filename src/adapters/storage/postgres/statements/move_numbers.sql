-- Store numbers as they are, where their pools are there.
-- $1 numbers, $2 pools, $3 countries, $4 areas, $5 voice, $6 sms, $7 states, $8 loads, $9 who reserves each, or '',
-- $10 create_times, $11 touched
INSERT INTO masking.numbers (number, pool, country, area, voice, sms, state, load, reserved_by, create_time, touched)
SELECT w.*
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bool[], $6::bool[], $7::text[], $8::int8[],
            $9::text[], $10::int8[], $11::int8[])
     AS w (number, pool, country, area, voice, sms, state, load, reserved_by, create_time, touched)
JOIN masking.pools AS p ON p.name = w.pool
ON CONFLICT (number) DO UPDATE
SET pool = excluded.pool, country = excluded.country, area = excluded.area, voice = excluded.voice,
    sms = excluded.sms, state = excluded.state, load = excluded.load, reserved_by = excluded.reserved_by,
    create_time = excluded.create_time, touched = excluded.touched
