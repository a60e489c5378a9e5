-- What a meter has counted.
-- KEYS 1 calls by their beginning; 2 those that go on, by their end
-- ARGV 1 call, 2 now, 3 a minute ago
-- → calls of the last minute, calls that go on, all calls, 1 when this one is among them
local begun, live = KEYS[1], KEYS[2]
local known = redis.call('ZSCORE', begun, ARGV[1]) or redis.call('ZSCORE', live, ARGV[1])
return {
  redis.call('ZCOUNT', begun, '(' .. ARGV[3], '+inf'),
  redis.call('ZCOUNT', live, '(' .. ARGV[2], '+inf'),
  redis.call('ZCARD', begun),
  known and 1 or 0,
}
