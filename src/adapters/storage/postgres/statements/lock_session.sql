-- A session, locked until the transaction's end.
-- $1 session_id → row, record, loading
SELECT id, record, loading FROM masking.sessions WHERE session_id = $1 FOR NO KEY UPDATE
