-- Let a shard ask its writers for other keys.
-- KEYS 1 the keys that writers must have, 2 sessions under way
-- ARGV 1 number of the change 8 and the keys
-- → the sessions under way, which began under other keys perhaps
local found = redis.call('GET', KEYS[1])
if not found or struct.unpack('>I8', found) < struct.unpack('>I8', ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1])
end
return redis.call('ZRANGE', KEYS[2], 0, -1)
