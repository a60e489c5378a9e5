-- Let a key that holds a value live longer.
-- KEYS 1 the key
-- ARGV 1 the value, 2 the position from which to compare what the key holds, 3 ms it lives, or -1 for ever
-- → 1 when it holds the value
local found = redis.call('GET', KEYS[1])
if not found or found:sub(tonumber(ARGV[2])) ~= ARGV[1] then return 0 end
if tonumber(ARGV[3]) < 0 then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1
