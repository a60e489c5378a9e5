-- Remove a draining number that no session remembers.
-- ARGV 1 number
-- → 1 when it is gone; 0 when it is held
local number = ARGV[1]
if redis.call('HEXISTS', key('h'), number) == 1 or redis.call('HEXISTS', key('l'), number) == 1 then return 0 end
local facts = facts_of(number)
if facts then
  if facts.state ~= 'D' then return 0 end
  leave(number, facts)
end
redis.call('HDEL', key('n'), number)
redis.call('HDEL', key('u'), number)
redis.call('ZREM', key('i'), number)
redis.call('SREM', key('d'), number)
return 1
