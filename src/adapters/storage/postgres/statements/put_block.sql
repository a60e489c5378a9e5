-- Store a block.
-- $1 block_id, $2 record
INSERT INTO masking.blocks (block_id, record) VALUES ($1, $2) ON CONFLICT (block_id) DO UPDATE SET record = excluded.record
