-- A pool's days.
-- $1 pool, $2 begin of the first one → begin, held, told
SELECT begin, held, told FROM masking.pool_days WHERE pool = $1 AND begin >= $2 ORDER BY begin
