-- Have a purse count a call with this cost.
-- KEYS 1 the purse
-- ARGV 1 the call's field, 2 cost, 3 ms that the purse lives
-- → nothing
local known = redis.call('HGET', KEYS[1], ARGV[1]) or '0'
redis.call('HINCRBY', KEYS[1], 'spent', string.format('%.0f', tonumber(ARGV[2]) - tonumber(known)))
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return ''
