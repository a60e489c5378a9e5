-- Store a call, in the place of what was known of it.
-- ?1 call_id, ?2 time, ?3 pool, ?4 session_id, ?5 dialled, ?6 keep_until, ?7 record
INSERT INTO calls (call_id, time, pool, session_id, dialled, keep_until, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (call_id) DO UPDATE
SET time = ?2, pool = ?3, session_id = ?4, dialled = ?5, keep_until = ?6, record = ?7
