-- Put a draining number back into service.
-- ARGV 1 number
-- → 1 when it is there
local text = redis.call('HGET', key('n'), ARGV[1])
if not text then return 0 end
redis.call('HSET', key('n'), ARGV[1], 'S' .. text:sub(2))
redis.call('SREM', key('d'), ARGV[1])
place(ARGV[1])
return 1
