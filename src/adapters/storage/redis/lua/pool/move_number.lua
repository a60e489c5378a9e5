-- Store a number as it is, and offer it to new sessions in its turn if it may be.
-- ARGV 1 number, 2 its facts, 3 load, 4 session that reserves it or '', 5 its look-up keys, 6 its turn
-- → nothing
local number = ARGV[1]
local before = facts_of(number)
if before then leave(number, before) end
redis.call('HSET', key('n'), number, ARGV[2])
redis.call('HSET', key('u'), number, ARGV[5])
redis.call('ZADD', key('i'), 0, number)
if ARGV[3] == '0' then redis.call('HDEL', key('l'), number) else redis.call('HSET', key('l'), number, ARGV[3]) end
if ARGV[4] == '' then redis.call('HDEL', key('r'), number) else redis.call('HSET', key('r'), number, ARGV[4]) end
local facts, turn = facts_of(number), tonumber(ARGV[6])
if facts.state == 'D' then redis.call('SADD', key('d'), number) else redis.call('SREM', key('d'), number) end
if turn > tonumber(redis.call('GET', key('q')) or 0) then redis.call('SET', key('q'), ARGV[6]) end
stand(number, facts, turn)
return ''
