-- What the scripts on one caller's hash share. route_packing.py tells its fields.
local hash = KEYS[1]
local ENDLESS = 253402300799000000
local MANY = 256
local LEASE_MS = 604800000

-- The version, end and session of a packed route.
local function route(packed)
  local version, last, session = struct.unpack('>I4I8Bc0', packed)
  return version, last, session
end

-- Whether a packed route was ended, and connects no more whatever a clock says.
local function ended(packed)
  return packed:byte(14 + packed:byte(13)) >= 2
end

-- Let the hash live until nothing in it is remembered any more; for ever while something in it has no end.
-- last: the end of what was just written; keep: how long it is remembered, both in microseconds.
local function outlive(now, keep, last)
  local left = redis.call('PTTL', hash)
  if left == -2 then return end
  if last >= ENDLESS then
    if left >= 0 then redis.call('PERSIST', hash) end
    return
  end
  if left == -1 then
    if redis.call('HLEN', hash) > MANY then return end
    local fields = redis.call('HGETALL', hash)
    for index = 1, #fields, 2 do
      local first = fields[index]:byte(1)
      if first == 33 or first == 35 then return end
      if first >= 48 and first <= 57 then
        local _, other = route(fields[index + 1])
        if other >= ENDLESS then return end
        last = math.max(last, other)
      end
    end
  end
  local needed = math.max((last - now + keep) / 1000, 1)
  if left < needed then redis.call('PEXPIRE', hash, string.format('%.0f', needed)) end
end
