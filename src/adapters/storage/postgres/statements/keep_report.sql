-- Store a report unless one of its digests is known.
-- $1 digest, $2 session_id, $3 receive_time, $4 body, $5 the digests under every key
INSERT INTO masking.reports (digest, session_id, receive_time, body)
SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT 1 FROM masking.reports WHERE digest = ANY ($5::bytea[]))
