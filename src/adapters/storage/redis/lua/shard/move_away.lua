-- Begin to forget a session, whatever its state.
-- ARGV 1 session, 2 lease in ms
-- → 1 when begun, now or before; 0 when there is none
local record = redis.call('GET', KEYS[1])
if not record then return 0 end
begin(ARGV[1], string.rep('\0', 8), ARGV[2], '')
put_phase(record, 'f')
return 1
