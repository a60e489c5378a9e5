-- Blocks by their ids.
-- $1 ids → record
SELECT record FROM masking.blocks WHERE block_id = ANY ($1::text[])
