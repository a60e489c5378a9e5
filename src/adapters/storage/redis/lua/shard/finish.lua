-- Leave a phase all of whose work is done, unless the session has moved on meanwhile.
-- KEYS 4 pages of the pool's sessions in this shard by their first id, 5 what stands on them, 6 the session's reports,
--      7 digests of this shard's reports
-- ARGV 1 session, 2 header as it was read, 3 token as it was read, 4 ms the record lives, -1 for ever, 0 as before
-- → 1 when left; 0 when the session has moved on
local record, now = redis.call('GET', KEYS[1]), underway()
if not record or record:sub(1, 22) ~= ARGV[2] or not now or now.token ~= ARGV[3] then return 0 end
local head = header(record)
redis.call('DEL', KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[1])
if head.phase == 'x' or head.phase == 'f' then
  redis.call('DEL', KEYS[1])
  delist(KEYS[4], KEYS[5], ARGV[1])
  for _, digest in ipairs(redis.call('HKEYS', KEYS[6])) do redis.call('ZREM', KEYS[7], digest .. ARGV[1] .. string.char(#ARGV[1])) end
  redis.call('DEL', KEYS[6])
  return 1
end
local ended = head.closed ~= 0 or head.life == 'E'
redis.call('SETRANGE', KEYS[1], 0, ended and '-E' or '-A')
live(ARGV[4])
for index = 4, 5 do outlive(KEYS[index], ARGV[4]) end
local lives = redis.call('PTTL', KEYS[1])
if lives < 0 then redis.call('PERSIST', KEYS[6]) else redis.call('PEXPIRE', KEYS[6], lives) end
return 1
