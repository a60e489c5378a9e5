-- Begin to change a session, or change it at once where nothing needs to be reserved for it.
-- KEYS 4 the keys that writers must have, 5 the shard's events
-- ARGV 1 session, 2 token, 3 lease in ms, 4 the keys as the writer knows them, or * for any, 5 version that it has now,
--      6 phase to enter: r to reserve first, k to change at once, 7 the record as it shall be, in phase k,
--      8 the moment at which the session must be running, or '' for any session, then the events of a change at once
-- → '' when begun; KEYS; GONE; ENDED; CONFLICT; BUSY when something else is under way
if ARGV[4] ~= '*' and (redis.call('GET', KEYS[4]) or '') ~= ARGV[4] then return 'KEYS' end
local record = redis.call('GET', KEYS[1])
local head = record and header(record)
if not record or head.phase == 'o' or head.phase == 'x' or head.phase == 'f' then return 'GONE' end
local before = underway()
if before and before.token == ARGV[2] then return '' end
if ARGV[8] ~= '' and (head.closed ~= 0 or head.life ~= 'A' or head.expires <= tonumber(ARGV[8])) then return 'ENDED' end
if head.phase ~= '-' then return 'BUSY' end
if head.version ~= tonumber(ARGV[5]) then return 'CONFLICT' end
if ARGV[6] == 'r' then
  put_phase(record, 'r')
  begin(ARGV[1], ARGV[2], ARGV[3], ARGV[7])
else
  redis.call('SET', KEYS[1], ARGV[7], 'KEEPTTL')
  begin(ARGV[1], ARGV[2], ARGV[3], record)
  for index = 9, #ARGV do tell(ARGV[index]) end
end
return ''
