-- Remove a block, and what it is known by.
-- $1 block_id → a row if it was there
DELETE FROM masking.blocks WHERE block_id = $1 RETURNING 1
