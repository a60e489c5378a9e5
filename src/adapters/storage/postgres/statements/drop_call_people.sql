-- Forget whose calls locked ones are; arguments as put_call_people.sql
DELETE FROM masking.call_people AS p
USING unnest($1::bytea[], $2::int8[], $3::text[]) AS w (person, time, call_id)
WHERE p.person = w.person AND p.time = w.time AND p.call_id = w.call_id
