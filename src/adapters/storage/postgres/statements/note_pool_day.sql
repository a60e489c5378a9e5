-- Merge what was seen of a pool's day with what is known of it.
-- $1 pool, $2 begin, $3 held, $4 told
UPDATE masking.pool_days SET held = greatest(held, $3), told = told | $4 WHERE pool = $1 AND begin = $2
