-- Store a sealed record in the place of another, and lines of the audit with it.
-- KEYS 1 the record, 2 the keys that writers must have, 3 the audit
-- ARGV 1 the keys as the writer knows them, 2 the record that there must be, or '' for none, 3 the new one,
--      4 lines below this number are forgotten, then number and line of each one that is added
-- → '' when stored; KEYS when the keys have changed, RECORD when the record has
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[1] then return 'KEYS' end
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[2] then return 'RECORD' end
redis.call('SET', KEYS[1], ARGV[3])
if ARGV[4] ~= '0' then redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', '(' .. ARGV[4]) end
for index = 5, #ARGV, 2 do redis.call('ZADD', KEYS[3], ARGV[index], ARGV[index + 1]) end
return ''
