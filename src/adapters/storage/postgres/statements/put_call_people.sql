-- Remember whose calls locked ones are.
-- $1 look-up keys, $2 the time of the call of each, $3 its id
INSERT INTO masking.call_people (person, time, call_id) SELECT * FROM unnest($1::bytea[], $2::int8[], $3::text[])
