-- Remember that real numbers take part in a session.
-- $1 callers, $2 session row
INSERT INTO masking.callers (caller, session) SELECT unnest($1::bytea[]), $2 ON CONFLICT DO NOTHING
