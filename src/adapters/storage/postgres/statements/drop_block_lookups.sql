-- Have a block known by nothing.
-- $1 block_id
DELETE FROM masking.block_lookups WHERE block_id = $1
