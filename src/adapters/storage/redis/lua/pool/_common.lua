-- What the scripts on one pool's slot share. KEYS 1 is the pool's name for keys; behind it stand
--   n hash: number → state (S in service, D draining) voice sms | country | area | create_time
--   l hash: number → load; h hash: number → sessions that remember it; r hash: number → session that reserves it
--   i sorted set: numbers by digits; d set: draining numbers; u hash: number → its look-up keys; v the pool's version
--   a, a|country, a|country|area sorted sets: available numbers by load, on equal load by when they last changed
--   m hash: lease → what it reserves; x<lease> a lease that was aborted
--   L sorted set: running sessions by end; E sorted set: ended, remembered sessions by end
-- Numbers are written in digits.
local RUNG = 1000000000

local function key(kind) return KEYS[1] .. kind end

local function facts_of(number)
  local text = redis.call('HGET', key('n'), number)
  if not text then return nil end
  local state, voice, country, area = text:match('^(.)(.).|([^|]*)|([^|]*)|')
  return { state = state, voice = voice == '1', country = country, area = area }
end

local function tiers(facts)
  return { key('a'), key('a|' .. facts.country), key('a|' .. facts.country .. '|' .. facts.area) }
end

local function leave(number, facts)
  for _, tier in ipairs(tiers(facts)) do redis.call('ZREM', tier, number) end
end

-- Offer a number to new sessions as it stands now, behind all others of its load; or no longer.
local function place(number)
  local facts = facts_of(number)
  if not facts then return end
  if facts.state ~= 'S' or not facts.voice or redis.call('HEXISTS', key('r'), number) == 1 then
    leave(number, facts)
    return
  end
  local load = tonumber(redis.call('HGET', key('l'), number) or 0)
  local score = string.format('%.0f', load * RUNG + redis.call('INCR', key('q')) % RUNG)
  for _, tier in ipairs(tiers(facts)) do redis.call('ZADD', tier, score, number) end
end

local function count(kind, number, by)
  if redis.call('HINCRBY', key(kind), number, by) <= 0 then redis.call('HDEL', key(kind), number) end
end

-- The session, whether it reserves, and the numbers of a member of L or E.
local function member(packed)
  local session, reserves, at = struct.unpack('>Bc0c1', packed)
  local numbers = {}
  while at <= #packed do
    local number
    number, at = struct.unpack('>I8', packed, at)
    numbers[#numbers + 1] = string.format('%.0f', number)
  end
  return session, reserves == 'R', numbers
end

local function release(number, session)
  if redis.call('HGET', key('r'), number) == session then redis.call('HDEL', key('r'), number) end
end
