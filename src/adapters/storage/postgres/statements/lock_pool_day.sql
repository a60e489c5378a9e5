-- What was told of a pool's day, until the transaction ends.
-- $1 pool, $2 begin → told
SELECT told FROM masking.pool_days WHERE pool = $1 AND begin = $2 FOR UPDATE
