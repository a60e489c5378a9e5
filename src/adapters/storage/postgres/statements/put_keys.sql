-- Remember the store's keys.
-- $1 key ids in the ring's order, $2 the check of each
INSERT INTO masking.store_keys (position, key_id, key_check)
SELECT w.position, w.key_id, w.key_check
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w (key_id, key_check, position)
