-- Put a number into service; one that is there keeps its load, its reservation and its age.
-- ARGV 1 number, 2 country, 3 area, 4 voice, 5 sms (1 or 0), 6 now, 7 its look-up keys
-- → nothing
local number = ARGV[1]
local known = redis.call('HGET', key('n'), number)
local created = ARGV[6]
if known then
  leave(number, facts_of(number))
  created = known:match('|([^|]*)$')
end
redis.call('HSET', key('n'), number, 'S' .. ARGV[4] .. ARGV[5] .. '|' .. ARGV[2] .. '|' .. ARGV[3] .. '|' .. created)
redis.call('HSET', key('u'), number, ARGV[7])
redis.call('ZADD', key('i'), 0, number)
redis.call('SREM', key('d'), number)
place(number)
return ''
