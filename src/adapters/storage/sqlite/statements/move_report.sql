-- Store a report as it is.
-- ?1 digest, ?2 session_id, ?3 receive_time, ?4 body
INSERT INTO reports (digest, session_id, receive_time, body) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (digest) DO UPDATE SET session_id = ?2, receive_time = ?3, body = ?4
