-- Remember that callers take part in sessions.
-- $1 callers, $2 the session of each
INSERT INTO masking.callers (caller, session)
SELECT w.caller, s.id
FROM unnest($1::bytea[], $2::text[]) AS w (caller, session_id)
JOIN masking.sessions AS s ON s.session_id = w.session_id
ON CONFLICT DO NOTHING
