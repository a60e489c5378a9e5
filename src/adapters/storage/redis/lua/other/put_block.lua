-- Put a block in the place of the known one.
-- KEYS 1 the blocks
-- ARGV 1 id, 2 the known one or '' for none, 3 the block
-- → 1 when it was put, 0 when another stands there
local found = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if found ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
