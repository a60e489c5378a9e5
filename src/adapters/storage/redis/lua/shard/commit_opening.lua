-- Open the session: from here on it exists.
-- KEYS 4 pages of the pool's sessions in this shard by their first id, 5 what stands on them, 6 the shard's events
-- ARGV 1 session, 2 token, 3 ms the record lives, or -1, then the events of it
-- → 1 when opened, now or before; 0 when somebody aborted it
local record, now = redis.call('GET', KEYS[1]), underway()
if not record then return 0 end
local phase = header(record).phase
if phase ~= 'o' and phase ~= 'x' then return 1 end
if phase == 'x' or not now or now.token ~= ARGV[2] or clock() > now.lease + OVERDUE_MS then return 0 end
put_phase(record, 'k')
enlist(KEYS[4], KEYS[5], ARGV[1], ARGV[3])
live(ARGV[3])
for index = 4, #ARGV do tell(ARGV[index]) end
return 1
