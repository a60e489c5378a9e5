-- What the scripts on one pool's slot share. Each is given every key that it may touch, in this order, so that a
-- slot which is being moved is either whole or refused:
--   1 n hash: number → state (S in service, D draining) voice sms | country | area | create_time
--   2 l hash: number → load; 3 h hash: number → sessions that remember it; 4 r hash: number → session that reserves it
--   5 a sorted set: available numbers by tier (the pool, its country, its area), load, and when they last changed
--   6 w hash: number → its place in a; 7 q how often places changed
--   8 i sorted set: numbers by digits; 9 d set: draining numbers; 10 u hash: number → its look-up keys
--   11 m hash: lease → what it reserves
--   12 L sorted set: running sessions by end; 13 E sorted set: ended, remembered sessions by end
--   14 x<lease>: the lease was aborted (where a script has a lease)
-- Numbers are written in digits.
local KINDS = { n = 1, l = 2, h = 3, r = 4, a = 5, w = 6, q = 7, i = 8, d = 9, u = 10, m = 11, L = 12, E = 13, x = 14 }

local function key(kind) return KEYS[KINDS[kind]] end

local function facts_of(number)
  local text = redis.call('HGET', key('n'), number)
  if not text then return nil end
  local state, voice, country, area = text:match('^(.)(.).|([^|]*)|([^|]*)|')
  return { state = state, voice = voice == '1', country = country, area = area }
end

local function tiers(facts)
  return { 'P', 'C' .. facts.country, 'A' .. facts.country .. '|' .. facts.area }
end

local function leave(number, facts)
  local at = redis.call('HGET', key('w'), number)
  if not at then return end
  for _, tier in ipairs(tiers(facts)) do redis.call('ZREM', key('a'), tier .. '/' .. at .. '/' .. number) end
  redis.call('HDEL', key('w'), number)
end

-- Offer a number to new sessions as it stands now, behind all others of its load; or no longer.
local function place(number)
  local facts = facts_of(number)
  if not facts then return end
  leave(number, facts)
  if facts.state ~= 'S' or not facts.voice or redis.call('HEXISTS', key('r'), number) == 1 then return end
  local load = tonumber(redis.call('HGET', key('l'), number) or 0)
  local at = string.format('%08d%015.0f', load, redis.call('INCR', key('q')))
  for _, tier in ipairs(tiers(facts)) do redis.call('ZADD', key('a'), 0, tier .. '/' .. at .. '/' .. number) end
  redis.call('HSET', key('w'), number, at)
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
