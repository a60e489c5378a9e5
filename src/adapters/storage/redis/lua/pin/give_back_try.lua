-- Take back what a try that was right has counted on a number, once.
-- KEYS 1 tries on the number
-- ARGV 1 a name for this giving back
-- → 1 when something was taken back, now or before
local found = redis.call('HMGET', KEYS[1], 'given', 'tries')
if found[1] == ARGV[1] then return 1 end
if tonumber(found[2] or 0) == 0 then return 0 end
redis.call('HINCRBY', KEYS[1], 'tries', -1)
redis.call('HSET', KEYS[1], 'given', ARGV[1])
return 1
