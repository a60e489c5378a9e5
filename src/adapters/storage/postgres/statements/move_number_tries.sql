-- Store what was tried on numbers as it is, where they are in a pool.
-- $1 numbers dialled, $2 since when, $3 tries, $4 locked_until, $5 keep_until of each
INSERT INTO masking.pin_numbers (dialled, since, tries, locked_until, keep_until)
SELECT w.*
FROM unnest($1::text[], $2::int8[], $3::int8[], $4::int8[], $5::int8[])
     AS w (dialled, since, tries, locked_until, keep_until)
JOIN masking.numbers AS n ON n.number = w.dialled
