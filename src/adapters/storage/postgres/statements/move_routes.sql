-- Lead (caller, dialled number) pairs to sessions, whoever had them; of several on one pair, to the one that ends last.
-- $1 callers, $2 dialled numbers, $3 sides, $4 end times, $5 the session of each
INSERT INTO masking.routes (caller, dialled, session, side, end_time)
SELECT DISTINCT ON (w.caller, w.dialled) w.caller, w.dialled, s.id, w.side, w.end_time
FROM unnest($1::bytea[], $2::text[], $3::int2[], $4::int8[], $5::text[]) AS w (caller, dialled, side, end_time, session_id)
JOIN masking.sessions AS s ON s.session_id = w.session_id
ORDER BY w.caller, w.dialled, w.end_time DESC
ON CONFLICT (caller, dialled) DO UPDATE
SET session = excluded.session, side = excluded.side, end_time = excluded.end_time
