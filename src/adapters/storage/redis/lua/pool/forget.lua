-- Remember a session no longer, once.
-- ARGV 1... members that it may have
-- → 1 when it was remembered
for index = 1, #ARGV do
  if redis.call('ZREM', key('E'), ARGV[index]) == 1 then
    local _, numbers = member(ARGV[index])
    local seen = {}
    for _, number in ipairs(numbers) do
      if not seen[number] then count('h', number, -1) end
      seen[number] = true
    end
    return 1
  end
end
return 0
