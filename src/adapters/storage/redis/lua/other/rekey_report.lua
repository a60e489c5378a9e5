-- Put a re-sealed report in the place of another.
-- KEYS 1 the reports they stand among, 2 digests of the shard's reports, 3 reports of no known session
-- ARGV 1 digest, 2 session and the length of its id, 3 new digest, 4 new report
-- → 1 when the other was there
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[3], ARGV[4])
redis.call('ZREM', KEYS[2], ARGV[1] .. ARGV[2])
redis.call('ZADD', KEYS[2], 0, ARGV[3] .. ARGV[2])
local time = redis.call('ZSCORE', KEYS[3], ARGV[1] .. ARGV[2])
if time then
  redis.call('ZREM', KEYS[3], ARGV[1] .. ARGV[2])
  redis.call('ZADD', KEYS[3], time, ARGV[3] .. ARGV[2])
end
return 1
