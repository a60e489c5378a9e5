-- Sessions by name, locked.
-- $1 session ids → row, record
SELECT id, record FROM masking.sessions WHERE session_id = ANY ($1::text[]) ORDER BY id FOR NO KEY UPDATE
