-- Take a call off a meter, if this attempt has counted it.
-- KEYS 1 calls by their beginning; 2 those that go on; 3 this attempt
-- ARGV 1 call
-- → 1 when it was taken off
if redis.call('DEL', KEYS[3]) == 0 then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('ZREM', KEYS[1], ARGV[1])
