-- Store the whole of a session.
-- ?1 its row, ?2 record
INSERT INTO session_records (session, record) VALUES (?1, ?2)
ON CONFLICT (session) DO UPDATE SET record = ?2
