-- Lock the routes that sessions have under look-up keys, in the order that every writer keeps to.
-- $1 callers, $2 the session row of each
SELECT 1 FROM masking.routes AS r
WHERE (r.caller, r.session) IN (SELECT * FROM unnest($1::bytea[], $2::int8[]))
ORDER BY r.caller, r.dialled
FOR UPDATE
