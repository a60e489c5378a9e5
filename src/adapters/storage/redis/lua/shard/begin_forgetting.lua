-- Begin to forget a session.
-- ARGV 1 session, 2 latest end, 3 lease in ms
-- → 1 when begun; 0 when it is not to be forgotten; -1 when there is none
local record = redis.call('GET', KEYS[1])
if not record then return -1 end
local head = header(record)
local last = head.closed ~= 0 and head.closed or head.expires
if head.phase ~= '-' or head.life ~= 'E' or last > tonumber(ARGV[2]) then return 0 end
begin(ARGV[1], string.rep('\0', 8), ARGV[3], '')
put_phase(record, 'f')
return 1
