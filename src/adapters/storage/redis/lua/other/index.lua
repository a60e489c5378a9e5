-- Put a session into an index that lives as long as what is in it.
-- KEYS 1 the index
-- ARGV 1 session, 2 ms the session lives, or -1 for ever
-- → nothing
local before = redis.call('PTTL', KEYS[1])
redis.call('ZADD', KEYS[1], 0, ARGV[1])
local lives = tonumber(ARGV[2])
if lives < 0 then
  redis.call('PERSIST', KEYS[1])
elseif before ~= -1 or redis.call('ZCARD', KEYS[1]) == 1 then
  if before < lives then redis.call('PEXPIRE', KEYS[1], lives) end
end
return ''
