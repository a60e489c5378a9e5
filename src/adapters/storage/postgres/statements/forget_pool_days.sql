-- Forget a pool's days up to one of them.
-- $1 pool, $2 begin of the last one
DELETE FROM masking.pool_days WHERE pool = $1 AND begin <= $2
