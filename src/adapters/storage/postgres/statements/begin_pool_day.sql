-- Have a row for a pool's day.
-- $1 pool, $2 begin
INSERT INTO masking.pool_days (pool, begin, held, told) VALUES ($1, $2, 0, 0) ON CONFLICT (pool, begin) DO NOTHING
