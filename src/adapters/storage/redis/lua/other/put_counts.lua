-- Remember what was counted of an hour or a day, unless what is remembered was counted of a later version.
-- KEYS 1 what was counted
-- ARGV 1 version 8 and counts, 2 ms it lives
-- → 1 when remembered
local found = redis.call('GET', KEYS[1])
if found and struct.unpack('>I8', found) >= struct.unpack('>I8', ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
