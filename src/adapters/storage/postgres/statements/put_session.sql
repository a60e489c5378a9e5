-- Store a new session.
-- $1 row, $2 session_id, $3 pool, $4 reference, $5 request_id or NULL, $6 version, $7 end_time, $8 closed, $9 loading,
-- $10 callee_0, $11 callee_1, $12 proxy_0, $13 proxy_1, $14 call_settings or NULL, $15 record
WITH kept AS (
    INSERT INTO masking.session_records (session, record) VALUES ($1, $15)
)
INSERT INTO masking.sessions (id, session_id, pool, reference, request_id, version, end_time, closed, loading,
                              callee_0, callee_1, proxy_0, proxy_1, call_settings)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
