-- Give back a lease.
-- KEYS 1 the caller's hash
-- ARGV 1 lease, 2... dialled numbers in digits
-- → how many were given back
local given = 0
for index = 2, #ARGV do
  local field = '?' .. ARGV[index]
  if redis.call('HGET', hash, field) == ARGV[1] then given = given + redis.call('HDEL', hash, field) end
end
return given
