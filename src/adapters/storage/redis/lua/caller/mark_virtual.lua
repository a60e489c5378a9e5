-- Note that this caller's number is a virtual number of ours, unless it takes part in a running session.
-- KEYS 1 the caller's hash
-- ARGV 1 number, 2 now
-- → '' when noted; BUSY; or the dialled number and the lease of what may become a running session
local fields = redis.call('HGETALL', hash)
for index = 1, #fields, 2 do
  local first = fields[index]:byte(1)
  if first >= 48 and first <= 57 then
    local _, last = route(fields[index + 1])
    if last > tonumber(ARGV[2]) then return 'BUSY' end
  elseif first == 63 then
    return { fields[index]:sub(2), fields[index + 1] }
  end
end
redis.call('HSET', hash, '!', ARGV[1])
redis.call('PERSIST', hash)
return ''
