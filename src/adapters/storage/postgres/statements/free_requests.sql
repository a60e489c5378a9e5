-- Take request ids from the sessions that have them.
-- $1 request ids
UPDATE masking.sessions SET request_id = NULL WHERE request_id = ANY ($1::text[])
