-- Have a block known by look-up keys, whatever was known by them.
-- $1 block_id, $2 look-up keys
INSERT INTO masking.block_lookups (lookup, block_id) SELECT lookup, $1 FROM unnest($2::bytea[]) AS lookup
ON CONFLICT (lookup) DO UPDATE SET block_id = excluded.block_id
