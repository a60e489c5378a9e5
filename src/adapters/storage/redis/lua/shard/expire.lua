-- Note that a session has ended by the clock, so that it counts on its numbers no longer and cannot be extended.
-- KEYS 4 the shard's events
-- ARGV 1 session, 2 now, 3 lease in ms
-- → the record; nothing when there is none
local record = redis.call('GET', KEYS[1])
if not record then return false end
local head = header(record)
if head.phase ~= '-' or head.closed ~= 0 or head.life ~= 'A' or head.expires > tonumber(ARGV[2]) then return record end
begin(ARGV[1], string.rep('\0', 8), ARGV[3], '')
redis.call('SETRANGE', KEYS[1], 0, 'cE')
tell_of('SESSION_EXPIRED', ARGV[1], record, tonumber(ARGV[2]))
return 'cE' .. record:sub(3)
