-- Put those calls of a shard that nobody knows yet, with where they stand in the index, events and hours' versions.
-- KEYS 1 the keys that writers must have, 2 calls by when they may be forgotten, 3 hours by their beginning, 4 and 5
--      the headings with many calls and with few; then the record of each call, the versions of hours, and last the
--      shard's events
-- ARGV 1 the keys as the writer knows them, 2 by how much versions grow, 3 ms that they live, 4 how many calls, 5 how
--      many hours, 6 of each hour how many of the calls it has, and which, in bytes; then beginning and member of each
--      hour; then of each call its record, ms it lives, when it may be forgotten, its event, its place, how many
--      headings it has, and these, first that of every call, then the other crowded one
-- → which of the calls are known already, and not by an earlier sending of the same; KEYS
local STAMP, RECORDS, OF_CALL = 8, 5, 6
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 'KEYS' end

local calls, hours, members = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local put, due, events, known, longest = {}, {}, {}, {}, 0
local headings, places, entries = {}, {}, {}
local first = 7 + 2 * hours
for call = 1, calls do
  local record, life, keep_until, event, place, number = unpack(ARGV, first, first + OF_CALL - 1)
  local last = first + OF_CALL + tonumber(number) - 1
  if redis.call('SET', KEYS[RECORDS + call], record, 'NX', 'PX', life) then
    put[call], longest = true, math.max(longest, tonumber(life))
    -- As pack_due has it.
    due[#due + 1], due[#due + 2] = keep_until, place .. '\0' .. table.concat(ARGV, '', first + OF_CALL + 1, last)
    events[#events + 1] = event
    -- A score that is sent as text spares the server from printing it.
    for crowded = first + OF_CALL, first + OF_CALL + 1 do
      entries[#entries + 1], entries[#entries + 2] = '0', ARGV[crowded] .. place
    end
    local item = behind_length(place)
    for index = first + OF_CALL + 2, last do
      local heading = ARGV[index]
      if places[heading] then
        places[heading] = places[heading] .. item
      else
        headings[#headings + 1], places[heading] = heading, item
      end
    end
  elseif redis.call('GETRANGE', KEYS[RECORDS + call], 0, STAMP - 1) ~= record:sub(1, STAMP) then
    known[#known + 1] = call
  end
  first = last + 1
end
if #events == 0 then return known end

local function has_new(...)
  for _, call in ipairs({ ... }) do
    if put[call] then return true end
  end
end

local member = 1
for hour = 1, hours do
  local versions, begin, last = KEYS[RECORDS + calls + hour], ARGV[5 + 2 * hour], member + members:byte(member)
  if has_new(members:byte(member + 1, last)) then
    redis.call('HINCRBY', versions, begin, ARGV[2])
    redis.call('ZADD', KEYS[3], begin, ARGV[6 + 2 * hour])
    for _, key in ipairs({ versions, KEYS[3] }) do prolong(key, ARGV[3]) end
  end
  member = last + 1
end
redis.call('ZADD', KEYS[2], unpack(due))
enter(KEYS[4], KEYS[5], headings, places, entries)
for _, key in ipairs({ KEYS[2], KEYS[4], KEYS[5] }) do prolong(key, longest) end
tell_all(events)
return known
