-- Remember a session on its numbers, without a look at their loads.
-- ARGV 1 member, 2 its end, 3 L for a running or E for an ended session, 4 whether only if it is remembered (1 or 0)
-- → 1 when it is remembered now
local other = ARGV[3] == 'L' and 'E' or 'L'
local known = redis.call('ZREM', key(other), ARGV[1]) == 1 or redis.call('ZSCORE', key(ARGV[3]), ARGV[1])
if not known and ARGV[4] == '1' then return 0 end
if not known then
  local _, numbers = member(ARGV[1])
  local seen = {}
  for _, number in ipairs(numbers) do
    if not seen[number] then count('h', number, 1) end
    seen[number] = true
  end
end
redis.call('ZADD', key(ARGV[3]), ARGV[2], ARGV[1])
return 1
