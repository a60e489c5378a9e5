-- Replace a value.
-- KEYS 1 the key
-- ARGV 1 the value that it must have, or '' for none, 2 the value that it shall have
-- → 1 when replaced
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
