-- Forget the version of an hour.
-- KEYS 1 hours by their beginning, 2 the versions of the pool's hours
-- ARGV 1 member, 2 beginning
-- → 1 when it was there
redis.call('HDEL', KEYS[2], ARGV[2])
return redis.call('ZREM', KEYS[1], ARGV[1])
