-- Store reports as they are.
-- $1 digests, $2 the session of each, $3 receive_times, $4 bodies
INSERT INTO masking.reports (digest, session_id, receive_time, body)
SELECT * FROM unnest($1::bytea[], $2::text[], $3::int8[], $4::bytea[])
ON CONFLICT (digest) DO UPDATE
SET session_id = excluded.session_id, receive_time = excluded.receive_time, body = excluded.body
