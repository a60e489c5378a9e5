-- Note that this caller is not blocked any more. Whatever routes are left are forgotten by the sweeper.
-- KEYS 1 the caller's hash
-- ARGV 1 block
-- → 1 when it was
if redis.call('HGET', hash, '#') ~= ARGV[1] then return 0 end
return redis.call('HDEL', hash, '#')
