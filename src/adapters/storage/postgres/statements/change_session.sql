-- Replace a stored session; arguments as put_session.sql
UPDATE masking.sessions
SET session_id = $2, pool = $3, reference = $4, request_id = $5, version = $6, end_time = $7, closed = $8, loading = $9,
    callee_0 = $10, callee_1 = $11, proxy_0 = $12, proxy_1 = $13, call_settings = $14, record = $15
WHERE id = $1
