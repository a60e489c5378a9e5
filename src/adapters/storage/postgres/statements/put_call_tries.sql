-- Have something to count tries in, of a call.
-- $1 call id, $2 keep_until
INSERT INTO masking.pin_calls (call_id, keep_until) VALUES ($1, $2) ON CONFLICT DO NOTHING
