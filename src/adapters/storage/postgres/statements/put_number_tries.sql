-- Have something to count tries in, on a number.
-- $1 number dialled, $2 now, $3 keep_until
INSERT INTO masking.pin_numbers (dialled, since, keep_until) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
