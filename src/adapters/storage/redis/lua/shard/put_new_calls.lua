-- Put those calls of a shard that nobody knows yet, with their places in the indexes, events and hours' versions.
-- KEYS 1 the keys that writers must have, 2 calls by when they may be forgotten, 3 hours by their beginning; then the
--      record of each call, the versions of hours, the indexes to enter, those that are most often new behind the
--      others, and last the shard's events
-- ARGV 1 the keys as the writer knows them, 2 by how much versions grow, 3 ms that they live, 4 how many calls, 5 how
--      many hours, 6 how many indexes are most often new, 7 of each hour and each index how many of the calls it has,
--      and which, in bytes; then beginning and member of each hour; then of each call its record, ms it lives, its
--      place, how it stands among those that may be forgotten, when it may be, and its event
-- → which of the calls are known already, and not by an earlier sending of the same; KEYS
local STAMP, OF_CALL, OF_HOUR = 8, 6, 2
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 'KEYS' end

local calls, hours, new, members = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
local places, lives, slack, due, events, known = {}, {}, {}, {}, {}, {}
local at, longest = 8 + hours * OF_HOUR, 0
for call = 1, calls do
  local record = ARGV[at]
  if redis.call('SET', KEYS[3 + call], record, 'NX', 'PX', ARGV[at + 1]) then
    lives[call], places[call] = tonumber(ARGV[at + 1]), ARGV[at + 2]
    slack[call] = with_slack(lives[call])
    longest = math.max(longest, lives[call])
    due[#due + 1], due[#due + 2] = ARGV[at + 4], ARGV[at + 3]
    events[#events + 1] = ARGV[at + 5]
  elseif redis.call('GETRANGE', KEYS[3 + call], 0, STAMP - 1) ~= record:sub(1, STAMP) then
    known[#known + 1] = call
  end
  at = at + OF_CALL
end
if #events == 0 then return known end

-- The numbers of the next hour's or index' calls.
local next_member = 1
local function next_calls()
  local first, last = next_member + 1, next_member + members:byte(next_member)
  next_member = last + 1
  return members:byte(first, last)
end

-- The places of those that are new, each behind its score, and how long the last of them lives. (A score that is sent
-- as text spares the server from printing it.)
local function entries_of(...)
  local entries, live = {}, 0
  for _, call in ipairs({ ... }) do
    if places[call] then
      entries[#entries + 1], entries[#entries + 2] = '0', places[call]
      live = math.max(live, lives[call])
    end
  end
  return entries, live
end

-- A key that is new has no end yet.
local function enter(index, is_new, call, ...)
  if ... then
    local entries, live = entries_of(call, ...)
    if #entries == 0 then return end
    redis.call('ZADD', index, unpack(entries))
    prolong(index, live)
  elseif places[call] then
    redis.call('ZADD', index, '0', places[call])
    if is_new and redis.call('PEXPIRE', index, slack[call], 'NX') == 1 then return end
    if redis.call('PTTL', index) < lives[call] then redis.call('PEXPIRE', index, slack[call]) end
  end
end

for hour = 1, hours do
  local versions, begin, member = KEYS[3 + calls + hour], ARGV[6 + hour * OF_HOUR], ARGV[7 + hour * OF_HOUR]
  if #entries_of(next_calls()) > 0 then
    redis.call('HINCRBY', versions, begin, ARGV[2])
    redis.call('ZADD', KEYS[3], begin, member)
    for _, key in ipairs({ versions, KEYS[3] }) do prolong(key, ARGV[3]) end
  end
end
for key = 4 + calls + hours, #KEYS - 1 do enter(KEYS[key], key >= #KEYS - new, next_calls()) end
redis.call('ZADD', KEYS[2], unpack(due))
prolong(KEYS[2], longest)
tell_all(events)
return known
