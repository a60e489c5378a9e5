-- Replace a stored session; arguments as put_session.sql → its row
UPDATE sessions
SET pool = ?2, reference = ?3, request_id = ?4, version = ?5, end_time = ?6, closed = ?7, loading = ?8,
    callee_0 = ?9, callee_1 = ?10, proxy_0 = ?11, proxy_1 = ?12, call_settings = ?13
WHERE session_id = ?1
RETURNING id
