-- When the last route on each number ends.
-- $1 numbers → number, end_time
SELECT w.number, (SELECT max(r.end_time) FROM masking.routes AS r WHERE r.dialled = w.number)
FROM unnest($1::text[]) AS w (number)
