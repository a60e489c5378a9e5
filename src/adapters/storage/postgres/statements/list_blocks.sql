-- A page of blocks, by id.
-- $1 the id before it, $2 limit → record
SELECT record FROM masking.blocks WHERE block_id > $1 ORDER BY block_id LIMIT $2
