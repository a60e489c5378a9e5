-- Merge what was seen of a pool's day with what is known of it, and forget the days that are past their retention.
-- KEYS 1 hash: begin → held|told
-- ARGV 1 begin, 2 held, 3 told (a bit for each shortage), 4 begin of the last day to forget, 5 ms it all lives
-- → what was told before
local found = redis.call('HGET', KEYS[1], ARGV[1])
local held, told = 0, 0
if found then
  held, told = found:match('^(%d+)|(%d+)$')
end
local merged = string.format('%d|%d', math.max(held, ARGV[2]), bit.bor(told, ARGV[3]))
redis.call('HSET', KEYS[1], ARGV[1], merged)
for _, begin in ipairs(redis.call('HKEYS', KEYS[1])) do
  if tonumber(begin) <= tonumber(ARGV[4]) then redis.call('HDEL', KEYS[1], begin) end
end
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return tonumber(told)
