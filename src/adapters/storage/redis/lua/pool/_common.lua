-- What the scripts on one pool's slot share. Each is given every key that it may touch, in this order, so that a
-- slot which is being moved is either whole or refused:
--   1 n hash: number → state (S in service, D draining) voice sms | country | area | create_time
--   2 l hash: number → load; 3 h hash: number → sessions that remember it; 4 r hash: number → session that reserves it
--   5 a sorted set: available numbers by tier (the pool, its country, its area), load, and when they last changed
--   6 w hash: number → its place in a, or where it would be; 7 q the last turn that was given
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

local function offered(number, facts)
  return facts.state == 'S' and facts.voice and redis.call('HEXISTS', key('r'), number) == 0
end

-- Note when a number's turn is, among those of its load, and offer it to new sessions if it may be.
local function stand(number, facts, turn)
  local load = tonumber(redis.call('HGET', key('l'), number) or 0)
  local at = string.format('%08d%016.0f', load, turn)
  if offered(number, facts) then
    for _, tier in ipairs(tiers(facts)) do redis.call('ZADD', key('a'), 0, tier .. '/' .. at .. '/' .. number) end
  end
  redis.call('HSET', key('w'), number, at)
end

-- Offer a number to new sessions as it stands now, behind all others of its load; or no longer.
local function place(number)
  local facts = facts_of(number)
  if not facts then return end
  leave(number, facts)
  if offered(number, facts) then stand(number, facts, redis.call('INCR', key('q'))) end
end

local function count(kind, number, by)
  if redis.call('HINCRBY', key(kind), number, by) <= 0 then redis.call('HDEL', key(kind), number) end
end

-- The session and the numbers of a member of L or E (see pack_member in packing.py).
local TEXT, RESERVES, HIGH = 61, 128, 281474976710656

local function member(packed)
  local session, at, numbers = packed:sub(1, 16), 17, {}
  if packed:byte(1) == TEXT then
    at = 3 + packed:byte(2)
    session = '=' .. packed:sub(3, at - 1)
  end
  while at <= #packed do
    local high, low
    high, low, at = struct.unpack('>BI6', packed, at)
    numbers[#numbers + 1] = string.format('%.0f', high % RESERVES * HIGH + low)
  end
  return session, numbers
end

local function release(number, session)
  if redis.call('HGET', key('r'), number) == session then redis.call('HDEL', key('r'), number) end
end
