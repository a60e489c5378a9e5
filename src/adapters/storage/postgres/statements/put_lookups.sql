-- Make virtual numbers known by look-up keys.
-- $1 look-up keys, $2 the number of each
INSERT INTO masking.virtual_lookups (lookup, number) SELECT * FROM unnest($1::bytea[], $2::text[])
ON CONFLICT (lookup) DO UPDATE SET number = excluded.number
