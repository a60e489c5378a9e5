-- Replace a stored session; arguments as put_session.sql
WITH kept AS (
    UPDATE masking.session_records SET record = $15 WHERE session = $1
)
UPDATE masking.sessions
SET session_id = $2, pool = $3, reference = $4, request_id = $5, version = $6, end_time = $7, closed = $8, loading = $9,
    callee_0 = $10, callee_1 = $11, proxy_0 = $12, proxy_1 = $13, call_settings = $14
WHERE id = $1
