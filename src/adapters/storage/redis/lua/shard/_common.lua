-- What the scripts on a shard share. packing.py tells the record, protocol.py the phases.
-- Those on a session have KEYS 1 record, 2 what is under way (token 8, lease 8, then another record or nothing),
-- 3 sessions under way; those that tell of something have the shard's events as the last of their KEYS.
local OVERDUE_MS = 3600000
local DAY_MS = 86400000
local EVENTS_MS = 14 * DAY_MS
local HEADER, BYTES = 22, 196

-- This server's time in milliseconds: it measures leases, and nothing else.
local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function header(record)
  local phase, life, version, expires, closed = struct.unpack('>c1c1I4I8I8', record)
  return { phase = phase, life = life, version = version, expires = expires, closed = closed }
end

local function underway()
  local text = redis.call('GET', KEYS[2])
  if not text then return nil end
  local token, lease = struct.unpack('>c8I8', text)
  return { token = token, lease = lease, other = text:sub(17) }
end

-- Note what is under way with a session, under a lease of so many milliseconds.
local function begin(session, token, lease_ms, other)
  local lease = clock() + tonumber(lease_ms)
  redis.call('SET', KEYS[2], struct.pack('>c8I8', token, lease) .. other)
  redis.call('ZADD', KEYS[3], lease, session)
end

-- The record with another phase and all else as it is.
local function put_phase(record, phase)
  redis.call('SETRANGE', KEYS[1], 0, phase)
  return phase .. record:sub(2)
end

-- Let the record live so many milliseconds; for ever when negative, and as long as it does already when 0.
local function live(ms)
  ms = tonumber(ms)
  if ms < 0 then redis.call('PERSIST', KEYS[1]) elseif ms > 0 then redis.call('PEXPIRE', KEYS[1], ms) end
end

-- Let a key live at least so many milliseconds more; a day longer, so that not every change of it has to say so.
local function prolong(key, ms)
  if redis.call('PTTL', key) < tonumber(ms) then redis.call('PEXPIRE', key, string.format('%.0f', ms + DAY_MS)) end
end

-- Tell of something: an event as call_packing.py packs it. The sweeper forgets it in time; where nobody sweeps, it goes
-- by itself a week after.
local function tell(event)
  local events = KEYS[#KEYS]
  redis.call('XADD', events, 'MINID', '~', string.format('%.0f', math.max(clock() - EVENTS_MS, 0)), '*', 'e', event)
  prolong(events, EVENTS_MS)
end

-- Tell what has become of a session, from its record as it is then.
local function tell_of(kind, session, record, now)
  local at = HEADER + 2
  if record:byte(at) == BYTES then at = at + 2 + record:byte(at + 1) end
  local _, pool = cmsgpack.unpack_limit(record, 1, at - 1)
  tell(struct.pack('>I8I4Bc0', now, header(record).version, #session, session) .. kind .. '\0' .. pool .. '\0\0')
end
