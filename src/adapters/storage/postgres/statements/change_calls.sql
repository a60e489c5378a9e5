-- Replace locked calls; arguments as put_calls.sql
UPDATE masking.calls AS c
SET time = w.time, pool = w.pool, session_id = w.session_id, dialled = w.dialled, keep_until = w.keep_until,
    record = w.record
FROM unnest($1::text[], $2::int8[], $3::text[], $4::text[], $5::text[], $6::int8[], $7::text[])
     AS w (call_id, time, pool, session_id, dialled, keep_until, record)
WHERE c.call_id = w.call_id
