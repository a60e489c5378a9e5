-- Give a number no new sessions.
-- ARGV 1 number, 2 whether only if no session runs on it or remembers it (1 or 0)
-- → S or D, what it was before; NONE; RUNNING; REMEMBERED
local number = ARGV[1]
local text = redis.call('HGET', key('n'), number)
if not text then return 'NONE' end
if ARGV[2] == '1' and redis.call('HEXISTS', key('l'), number) == 1 then return 'RUNNING' end
if ARGV[2] == '1' and redis.call('HEXISTS', key('h'), number) == 1 then return 'REMEMBERED' end
redis.call('HSET', key('n'), number, 'D' .. text:sub(2))
redis.call('SADD', key('d'), number)
place(number)
return text:sub(1, 1)
