-- Delete a key that holds a value.
-- KEYS 1 the key
-- ARGV 1 the value, 2 the position from which to compare what the key holds
-- → 1 when deleted
local found = redis.call('GET', KEYS[1])
if found and found:sub(tonumber(ARGV[2])) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
