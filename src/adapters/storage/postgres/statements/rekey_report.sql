-- Put a re-sealed report in the place of the one known by its old digest; one that is gone stays so.
-- $1 old digest, $2 digest, $3 body
WITH old AS (DELETE FROM masking.reports WHERE digest = $1 RETURNING session_id, receive_time)
INSERT INTO masking.reports (digest, session_id, receive_time, body)
SELECT $2, session_id, receive_time, $3 FROM old
ON CONFLICT (digest) DO UPDATE SET body = excluded.body
