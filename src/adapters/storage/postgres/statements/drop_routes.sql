-- Forget the routes that sessions have under look-up keys.
-- $1 callers, $2 the session row of each
DELETE FROM masking.routes WHERE (caller, session) IN (SELECT * FROM unnest($1::bytea[], $2::int8[]))
