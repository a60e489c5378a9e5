-- Store a new session.
-- ?1 session_id, ?2 pool, ?3 reference, ?4 request_id or NULL, ?5 version, ?6 end_time, ?7 closed, ?8 loading,
-- ?9 callee_0, ?10 callee_1, ?11 proxy_0, ?12 proxy_1, ?13 call_settings or NULL → its row
INSERT INTO sessions (session_id, pool, reference, request_id, version, end_time, closed, loading,
                      callee_0, callee_1, proxy_0, proxy_1, call_settings)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
RETURNING id
