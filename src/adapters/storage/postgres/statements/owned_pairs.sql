-- Which (caller, dialled number) pairs lead to the sessions that name them.
-- $1 callers, $2 dialled numbers, $3 the row of each session → row, caller, dialled
SELECT w.session, w.caller, w.dialled
FROM unnest($1::bytea[], $2::text[], $3::int8[]) AS w (caller, dialled, session)
JOIN masking.routes AS r ON r.caller = w.caller AND r.dialled = w.dialled AND r.session = w.session
