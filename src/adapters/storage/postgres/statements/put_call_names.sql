-- Remember names of locked calls.
-- $1 names, $2 the time of the call of each, $3 its id
INSERT INTO masking.call_names (name, time, call_id) SELECT * FROM unnest($1::bytea[], $2::int8[], $3::text[])
