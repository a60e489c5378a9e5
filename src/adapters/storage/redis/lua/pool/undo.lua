-- Give back what an aborted opening or change reserved, and let it reserve nothing more.
-- ARGV 1 lease, 2 session, 3 ms for which the lease must be refused
-- → 1 when something was given back
redis.call('SET', key('x'), '', 'PX', ARGV[3])
local packed = redis.call('HGET', key('m'), ARGV[1])
if not packed then return 0 end
local take, hold = unpack(cmsgpack.unpack(packed))
for _, number in ipairs(take) do count('l', number, -1) end
for _, number in ipairs(hold) do count('h', number, -1) end
for _, number in ipairs(take) do
  if redis.call('HEXISTS', key('l'), number) == 0 then release(number, ARGV[2]) end
  place(number)
end
redis.call('HDEL', key('m'), ARGV[1])
return 1
