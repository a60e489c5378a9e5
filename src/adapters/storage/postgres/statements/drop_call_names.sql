-- Forget names of locked calls; arguments as put_call_names.sql
DELETE FROM masking.call_names AS n
USING unnest($1::bytea[], $2::int8[], $3::text[]) AS w (name, time, call_id)
WHERE n.name = w.name AND n.time = w.time AND n.call_id = w.call_id
