-- Remove a number as it is, whoever holds it.
-- ARGV 1 number
-- → nothing
local number = ARGV[1]
local facts = facts_of(number)
if facts then leave(number, facts) end
for _, kind in ipairs({ 'n', 'u', 'l', 'r' }) do redis.call('HDEL', key(kind), number) end
redis.call('ZREM', key('i'), number)
redis.call('SREM', key('d'), number)
return ''
