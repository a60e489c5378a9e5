-- Make what a committed session reserved its own.
-- ARGV 1 lease, 2 session, 3 its member before, or '', 4 its member now, 5 its end
-- → 1 when something changed
local packed, changed = redis.call('HGET', key('m'), ARGV[1]), 0
if packed then
  local _, _, left = unpack(cmsgpack.unpack(packed))
  for _, number in ipairs(left) do
    count('l', number, -1)
    if redis.call('HEXISTS', key('l'), number) == 0 then release(number, ARGV[2]) end
    place(number)
  end
  redis.call('HDEL', key('m'), ARGV[1])
  changed = 1
end
if (ARGV[3] == '' and packed) or (ARGV[3] ~= '' and redis.call('ZREM', key('L'), ARGV[3]) == 1) then
  redis.call('ZADD', key('L'), ARGV[5], ARGV[4])
  changed = 1
end
return changed
