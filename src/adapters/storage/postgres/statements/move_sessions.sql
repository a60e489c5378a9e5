-- Store sessions that are not there, where their pools are.
-- $1 session ids, $2 pools, $3 references, $4 request ids or NULL, $5 versions, $6 end times, $7 closed, $8 loading,
-- $9, $10 callees, $11, $12 proxies, $13 call settings or NULL, $14 records
WITH moved AS (
    INSERT INTO masking.sessions (session_id, pool, reference, request_id, version, end_time, closed, loading,
                                  callee_0, callee_1, proxy_0, proxy_1, call_settings)
    SELECT w.*
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int8[], $6::int8[], $7::bool[], $8::bool[],
                $9::bytea[], $10::bytea[], $11::text[], $12::text[], $13::text[])
         AS w (session_id, pool, reference, request_id, version, end_time, closed, loading,
               callee_0, callee_1, proxy_0, proxy_1, call_settings)
    JOIN masking.pools AS p ON p.name = w.pool
    RETURNING id, session_id
)
INSERT INTO masking.session_records (session, record)
SELECT m.id, w.record
FROM moved AS m JOIN unnest($1::text[], $14::text[]) AS w (session_id, record) USING (session_id)
