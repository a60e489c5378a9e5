-- Change a session for which all is reserved.
-- KEYS 4 the shard's events
-- ARGV 1 token, 2 version that it must still have, then the events of it
-- → 1 when changed, now or before; 0 when somebody closed the session or aborted the change
local record, now = redis.call('GET', KEYS[1]), underway()
if not record or not now or now.token ~= ARGV[1] then return 0 end
local head = header(record)
if head.phase == 'k' then return 1 end
if head.phase ~= 'r' or head.version ~= tonumber(ARGV[2]) or clock() > now.lease + OVERDUE_MS then return 0 end
redis.call('SET', KEYS[1], now.other, 'KEEPTTL')
redis.call('SET', KEYS[2], struct.pack('>c8I8', now.token, now.lease) .. record)
for index = 3, #ARGV do tell(ARGV[index]) end
return 1
