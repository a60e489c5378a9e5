-- Forget that real numbers took part in sessions.
-- $1 callers, $2 the session row of each
DELETE FROM masking.callers WHERE (caller, session) IN (SELECT * FROM unnest($1::bytea[], $2::int8[]))
