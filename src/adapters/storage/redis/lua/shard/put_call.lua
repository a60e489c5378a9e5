-- Put a call in the place of what was known of it, with its places in the indexes, its events and its hours' versions.
-- KEYS 1 the call's record, 2 the keys that writers must have, 3 calls by when they may be forgotten,
--      4 hours by their beginning; then the versions of hours, the indexes to leave, those to enter, and last the
--      shard's events
-- ARGV 1 the keys as the writer knows them, or * for any, 2 stamp of the record as it was read, or '' for none,
--      3 the record as it shall be, or '' to forget the call, 4 ms it lives at least, 5 how it stands among those that
--      may be forgotten, 6 how it shall stand there, 7 when it may be forgotten, 8 its place, 9 the place it shall
--      have, 10 by how much versions grow, 11 ms that they live, 12 how many hours change, 13 how many indexes to
--      leave; then beginning and member of each hour, then the events
-- → '' when put, now or before; KEYS; OVERTAKEN when the record is not the one that was read
local STAMP = 8
if ARGV[1] ~= '*' and (redis.call('GET', KEYS[2]) or '') ~= ARGV[1] then return 'KEYS' end
local stamp = redis.call('GETRANGE', KEYS[1], 0, STAMP - 1)
if ARGV[3] ~= '' and stamp == ARGV[3]:sub(1, STAMP) then return '' end
if stamp ~= ARGV[2] then return 'OVERTAKEN' end

local first_index = 5 + tonumber(ARGV[12])
local first_entered = first_index + tonumber(ARGV[13])
for index = first_index, first_entered - 1 do redis.call('ZREM', KEYS[index], ARGV[8]) end
if ARGV[5] ~= ARGV[6] then redis.call('ZREM', KEYS[3], ARGV[5]) end
if ARGV[3] == '' then
  redis.call('DEL', KEYS[1])
  return ''
end

local lives = string.format('%.0f', math.max(redis.call('PTTL', KEYS[1]), tonumber(ARGV[4])))
redis.call('SET', KEYS[1], ARGV[3], 'PX', lives)
redis.call('ZADD', KEYS[3], ARGV[7], ARGV[6])
prolong(KEYS[3], lives)
for index = first_entered, #KEYS - 1 do
  redis.call('ZADD', KEYS[index], '0', ARGV[9])
  prolong(KEYS[index], lives)
end
local at = 14
for index = 5, first_index - 1 do
  redis.call('HINCRBY', KEYS[index], ARGV[at], ARGV[10])
  redis.call('ZADD', KEYS[4], ARGV[at], ARGV[at + 1])
  prolong(KEYS[index], ARGV[11])
  prolong(KEYS[4], ARGV[11])
  at = at + 2
end
for index = at, #ARGV do tell(ARGV[index]) end
return ''
