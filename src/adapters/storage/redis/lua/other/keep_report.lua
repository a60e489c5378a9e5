-- Store a report unless one of its digests is known.
-- KEYS 1 the session's record, 2 its reports, 3 digests of the shard's reports, 4 reports of no known session,
--      5 the keys that writers must have
-- ARGV 1 the keys as the writer knows them, 2 session and the length of its id, 3 receive_time, 4 report, 5 ms the reports live without a
--      session, 6 digest to store it under, 7... the digests under every key
-- → '' when stored, now or before; KEYS when the keys have changed
if (redis.call('GET', KEYS[5]) or '') ~= ARGV[1] then return 'KEYS' end
for index = 7, #ARGV do
  if #redis.call('ZRANGEBYLEX', KEYS[3], '[' .. ARGV[index], '[' .. ARGV[index] .. '\255', 'LIMIT', 0, 1) > 0 then
    return ''
  end
end
redis.call('ZADD', KEYS[3], 0, ARGV[6] .. ARGV[2])
redis.call('HSET', KEYS[2], ARGV[6], ARGV[4])
local lives = redis.call('PTTL', KEYS[1])
if lives == -2 then
  redis.call('ZADD', KEYS[4], ARGV[3], ARGV[6] .. ARGV[2])
  lives = tonumber(ARGV[5])
end
if lives >= 0 and redis.call('PTTL', KEYS[2]) < lives then redis.call('PEXPIRE', KEYS[2], lives) end
if lives == -1 then redis.call('PERSIST', KEYS[2]) end
return ''
