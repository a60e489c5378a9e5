-- Count a session on numbers before it is opened or changed.
-- ARGV 1 lease, 2 session, 3 whether it reserves its numbers (1 or 0), 4 msgpack of three lists of numbers: those to
--      count on (one that stands twice counts twice), those to remember, and those to leave once it is committed
-- → '' when done, now or before; DEAD when the lease was aborted; or the number that cannot be had
if redis.call('EXISTS', key('x')) == 1 then return 'DEAD' end
if redis.call('HEXISTS', key('m'), ARGV[1]) == 1 then return '' end
local take, hold = unpack(cmsgpack.unpack(ARGV[4]))
for _, number in ipairs(take) do
  local facts, owner = facts_of(number), redis.call('HGET', key('r'), number)
  local idle = owner == ARGV[2] or redis.call('HEXISTS', key('l'), number) == 0
  if not facts or facts.state ~= 'S' or not facts.voice or (owner and owner ~= ARGV[2])
    or (ARGV[3] == '1' and not idle) then
    return number
  end
end
for _, number in ipairs(hold) do count('h', number, 1) end
for _, number in ipairs(take) do
  count('l', number, 1)
  if ARGV[3] == '1' then redis.call('HSET', key('r'), number, ARGV[2]) end
end
for _, number in ipairs(take) do place(number) end
redis.call('HSET', key('m'), ARGV[1], ARGV[4])
return ''
