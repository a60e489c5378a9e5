-- Put a call in the place of what was known of it, with where it stands in the index, its events and its hours'
-- versions.
-- KEYS 1 the call's record, 2 the keys that writers must have, 3 calls by when they may be forgotten,
--      4 hours by their beginning, 5 and 6 the headings with many calls and with few; then the versions of hours, and
--      last the shard's events
-- ARGV 1 the keys as the writer knows them, or * for any, 2 stamp of the record as it was read, or '' for none,
--      3 the record as it shall be, or '' to forget the call, 4 ms it lives at least, 5 how it stands among those that
--      may be forgotten, 6 how it shall stand there, 7 when it may be forgotten, 8 by how much versions grow, 9 ms that
--      they live, 10 its place, 11 the place it shall have, 12 how many hours change, 13 how many headings it leaves,
--      14 how many it enters; then beginning and member of each hour, the headings to leave, those to enter, and the
--      events
-- → '' when put, now or before; KEYS; OVERTAKEN when the record is not the one that was read
local STAMP = 8
if ARGV[1] ~= '*' and (redis.call('GET', KEYS[2]) or '') ~= ARGV[1] then return 'KEYS' end
local stamp = redis.call('GETRANGE', KEYS[1], 0, STAMP - 1)
if ARGV[3] ~= '' and stamp == ARGV[3]:sub(1, STAMP) then return '' end
if stamp ~= ARGV[2] then return 'OVERTAKEN' end

local hours = tonumber(ARGV[12])
local first_left = 15 + 2 * hours
local first_entered = first_left + tonumber(ARGV[13])
local first_event = first_entered + tonumber(ARGV[14])
for heading = first_left, first_entered - 1 do leave(KEYS[5], KEYS[6], ARGV[heading], ARGV[10]) end
if ARGV[5] ~= ARGV[6] then redis.call('ZREM', KEYS[3], ARGV[5]) end
if ARGV[3] == '' then
  redis.call('DEL', KEYS[1])
  return ''
end

local lives = string.format('%.0f', math.max(redis.call('PTTL', KEYS[1]), tonumber(ARGV[4])))
redis.call('SET', KEYS[1], ARGV[3], 'PX', lives)
redis.call('ZADD', KEYS[3], ARGV[7], ARGV[6])
local headings, places, entries = {}, {}, {}
for heading = first_entered, first_event - 1 do
  if is_crowded(ARGV[heading]) then
    entries[#entries + 1], entries[#entries + 2] = '0', ARGV[heading] .. ARGV[11]
  else
    headings[#headings + 1], places[ARGV[heading]] = ARGV[heading], behind_length(ARGV[11])
  end
end
enter(KEYS[5], KEYS[6], headings, places, entries)
for _, key in ipairs({ KEYS[3], KEYS[5], KEYS[6] }) do prolong(key, lives) end
for hour = 1, hours do
  local versions, begin, member = KEYS[6 + hour], ARGV[13 + 2 * hour], ARGV[14 + 2 * hour]
  redis.call('HINCRBY', versions, begin, ARGV[8])
  redis.call('ZADD', KEYS[4], begin, member)
  for _, key in ipairs({ versions, KEYS[4] }) do prolong(key, ARGV[9]) end
end
for event = first_event, #ARGV do tell(ARGV[event]) end
return ''
