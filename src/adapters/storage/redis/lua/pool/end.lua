-- Count an ended session on its numbers no longer, once, and remember it.
-- ARGV 1 member, 2 its end
-- → 1 when it was counted
if redis.call('ZREM', key('L'), ARGV[1]) == 0 then return 0 end
local session, numbers = member(ARGV[1])
for index = 1, 2 do count('l', numbers[index], -1) end
for index = 1, 2 do
  release(numbers[index], session)
  place(numbers[index])
end
redis.call('ZADD', key('E'), ARGV[2], ARGV[1])
return 1
