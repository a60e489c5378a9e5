-- Count a call on a meter, unless it is full.
-- KEYS 1 calls by their beginning; 2 those that go on, by their end; 3 this attempt
-- ARGV 1 call, 2 now, 3 a minute ago, 4 until when it goes on, 5 calls per minute, 6 calls at once, 7 calls in all, each
--      0 for no limit, 8 ms that the meter lives, 9 ms that the attempt is noted
-- → 1 when counted by this attempt, 2 when it was counted before, 0 when the meter is full
local begun, live = KEYS[1], KEYS[2]
local per_minute, at_once, in_all = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
redis.call('ZREMRANGEBYSCORE', live, '-inf', ARGV[2])
if in_all == 0 then redis.call('ZREMRANGEBYSCORE', begun, '-inf', ARGV[3]) end
if redis.call('ZSCORE', begun, ARGV[1]) or redis.call('ZSCORE', live, ARGV[1]) then
  return redis.call('EXISTS', KEYS[3]) == 1 and 1 or 2
end
if per_minute > 0 and redis.call('ZCOUNT', begun, '(' .. ARGV[3], '+inf') >= per_minute then return 0 end
if at_once > 0 and redis.call('ZCARD', live) >= at_once then return 0 end
if in_all > 0 and redis.call('ZCARD', begun) >= in_all then return 0 end
redis.call('ZADD', begun, ARGV[2], ARGV[1])
redis.call('PEXPIRE', begun, ARGV[8])
if at_once > 0 then
  redis.call('ZADD', live, ARGV[4], ARGV[1])
  redis.call('PEXPIRE', live, ARGV[8])
end
redis.call('SET', KEYS[3], '', 'PX', ARGV[9])
return 1
