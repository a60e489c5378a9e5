-- Make virtual numbers known by look-up keys, where the numbers are there.
-- $1 look-up keys, $2 the number of each
INSERT INTO masking.virtual_lookups (lookup, number)
SELECT w.lookup, w.number
FROM unnest($1::bytea[], $2::text[]) AS w (lookup, number)
JOIN masking.numbers AS n ON n.number = w.number
ON CONFLICT (lookup) DO UPDATE SET number = excluded.number
