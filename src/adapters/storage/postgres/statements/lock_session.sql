-- A session, locked until the transaction's end. (Its record is locked with it: of what is not locked a writer who had
-- to wait would see what stood there before.)
-- $1 session_id → row, record, loading
SELECT s.id, w.record, s.loading
FROM masking.sessions AS s JOIN masking.session_records AS w ON w.session = s.id
WHERE s.session_id = $1
FOR NO KEY UPDATE OF s, w
