-- Sessions by name, locked. (See lock_session.sql.)
-- $1 session ids → row, record
SELECT s.id, w.record
FROM masking.sessions AS s JOIN masking.session_records AS w ON w.session = s.id
WHERE s.session_id = ANY ($1::text[])
ORDER BY s.id
FOR NO KEY UPDATE OF s, w
