-- What the scripts on a shard share. packing.py tells the record, protocol.py the phases.
-- Those on a session have KEYS 1 record, 2 what is under way (token 8, lease 8, then another record or nothing),
-- 3 sessions under way; those that tell of something have the shard's events as the last of their KEYS.
local OVERDUE_MS = 3600000
local DAY_MS = 86400000
local EVENTS_MS = 14 * DAY_MS
local BODY = 23

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

-- So many milliseconds and a day, as text: whatever is prolonged lives so much longer that not every change has to.
local function with_slack(ms) return string.format('%d', ms + DAY_MS) end

-- Let a key live at least so many milliseconds more.
local function prolong(key, ms)
  if redis.call('PTTL', key) < tonumber(ms) then redis.call('PEXPIRE', key, with_slack(ms)) end
end

-- Tell of events, each as call_packing.py packs it. The sweeper forgets them in time; where nobody sweeps, they go by
-- themselves a week after.
local function tell_all(told)
  local events, outdated = KEYS[#KEYS], string.format('%.0f', math.max(clock() - EVENTS_MS, 0))
  for index = 1, #told - 1 do redis.call('XADD', events, '*', 'e', told[index]) end
  redis.call('XADD', events, 'MINID', '~', outdated, '*', 'e', told[#told])
  prolong(events, EVENTS_MS)
end

local function tell(event) tell_all({ event }) end

-- Tell what has become of a session, from its record as it is then.
local function tell_of(kind, session, record, now)
  local _, pool = cmsgpack.unpack_limit(record, 1, BODY)
  tell(struct.pack('>I8I4Bc0', now, header(record).version, #session, session) .. kind .. '\0' .. pool .. '\0\0')
end

-- Let a key live at least so many milliseconds more; for ever when negative, and as it does when 0.
local function outlive(key, ms)
  ms = tonumber(ms)
  local left = redis.call('PTTL', key)
  if ms < 0 then redis.call('PERSIST', key) elseif left >= 0 and left < ms then redis.call('PEXPIRE', key, ms) end
end

-- The sessions of a pool are listed on pages of a hundred or so, for one of many short texts takes little memory:
-- a page holds ids, each behind its length, in no order, from the id it is named after up to that of the next page.
-- What stands before the first such id is on the page ''.
local PAGE_BYTES = 2040

local function page_of(directory, session)
  return redis.call('ZREVRANGEBYLEX', directory, '[' .. session, '-', 'LIMIT', 0, 1)[1] or ''
end

local function ids_on(text)
  local found, at = {}, 1
  while at <= #text do
    found[#found + 1], at = struct.unpack('>Bc0', text, at)
  end
  return found
end

-- How calls stand under headings, call_index.py tells: few is the hash, many the sorted set. A text has the number of
-- its heading's full pages in front, behind a byte 0, once there are any.
local FULL_BYTES, ALL_FULL = 320, string.char(0, 7)

local function is_crowded(heading)
  local kind = heading:sub(1, 1)
  return kind == 'a' or kind == 'p'
end

local function behind_length(text) return struct.pack('>Bc0', #text, text) end

local function page_field(heading, number) return heading .. string.char(0, number) end

local function full_pages(text) return text:byte(1) == 0 and text:byte(2) or 0 end

local function places_in(text) return text:byte(1) == 0 and text:sub(3) or text end

-- Take a place out of a text; nothing when it is not there.
local function without(text, place)
  local left, is_there = {}, false
  for _, each in ipairs(ids_on(text)) do
    if each == place then is_there = true else left[#left + 1] = behind_length(each) end
  end
  return is_there and table.concat(left)
end

-- Take a call out from under a heading.
local function leave(many, few, heading, place)
  redis.call('ZREM', many, heading .. place)
  local text = redis.call('HGET', few, heading)
  if not text then return end
  local places = places_in(text)
  local left = without(places, place)
  if left then redis.call('HSET', few, heading, text:sub(1, #text - #places) .. left) end
  local is_empty = (left or places) == ''
  for number = 1, full_pages(text) do
    local field = page_field(heading, number)
    local page = redis.call('HGET', few, field) or ''
    local rest = without(page, place)
    if rest == '' then redis.call('HDEL', few, field) elseif rest then redis.call('HSET', few, field, rest) end
    is_empty = is_empty and (rest or page) == ''
  end
  if is_empty and not redis.call('ZRANGEBYLEX', many, '[' .. heading, '(' .. heading .. '\255', 'LIMIT', 0, 1)[1] then
    redis.call('HDEL', few, heading)
  end
end

-- Put calls under headings: places by heading, each behind its length, beside entries of crowded headings that are on
-- their way already.
local function enter(many, few, headings, places, entries)
  local known, texts = {}, {}
  if #headings > 0 then known = redis.call('HMGET', few, unpack(headings)) end
  for index, heading in ipairs(headings) do
    local text = known[index] or ''
    if #text >= FULL_BYTES then
      local number = full_pages(text) + 1
      texts[#texts + 1], texts[#texts + 2] = page_field(heading, number), places_in(text)
      text = string.char(0, number)
      if text == ALL_FULL then texts[#texts + 1], texts[#texts + 2] = heading, text end
    end
    if text ~= ALL_FULL then
      texts[#texts + 1], texts[#texts + 2] = heading, text .. places[heading]
    else
      for _, place in ipairs(ids_on(places[heading])) do
        entries[#entries + 1], entries[#entries + 2] = '0', heading .. place
      end
    end
  end
  if #texts > 0 then redis.call('HSET', few, unpack(texts)) end
  if #entries > 0 then redis.call('ZADD', many, unpack(entries)) end
end

-- Write a page, or remove it when it is empty.
local function write(directory, pages, page, ids)
  local texts = {}
  for index, id in ipairs(ids) do texts[index] = struct.pack('>Bc0', #id, id) end
  if #ids == 0 then
    redis.call('HDEL', pages, page)
    redis.call('ZREM', directory, page)
  else
    redis.call('HSET', pages, page, table.concat(texts))
    redis.call('ZADD', directory, 0, page)
  end
end

-- The order of bytes, which that of Lua need not be.
local function precedes(one, other)
  for index = 1, math.min(#one, #other) do
    local left, right = one:byte(index), other:byte(index)
    if left ~= right then return left < right end
  end
  return #one < #other
end

-- Put a session on its page. A full one is cut in two, so late that pages are full when ids come in order.
local function put_on_page(directory, pages, session)
  local page = page_of(directory, session)
  local text = (redis.call('HGET', pages, page) or '') .. struct.pack('>Bc0', #session, session)
  if #text <= PAGE_BYTES then
    redis.call('HSET', pages, page, text)
    redis.call('ZADD', directory, 0, page)
    return
  end
  local ids, lower, upper = ids_on(text), {}, {}
  table.sort(ids, precedes)
  local cut = math.floor(#ids / 2)
  for index = cut + 1, #ids do
    if ids[index] == session then cut = index - 1 end
  end
  for index, id in ipairs(ids) do
    local part = index <= cut and lower or upper
    part[#part + 1] = id
  end
  write(directory, pages, page, lower)
  write(directory, pages, upper[1], upper)
end

-- List a session that lives so many milliseconds; for ever when negative.
local function enlist(directory, pages, session, ms)
  local is_first = redis.call('EXISTS', directory) == 0
  put_on_page(directory, pages, session)
  for _, key in ipairs({ directory, pages }) do
    if is_first and tonumber(ms) > 0 then redis.call('PEXPIRE', key, ms) else outlive(key, ms) end
  end
end

-- List a session no longer.
local function delist(directory, pages, session)
  local page, left = page_of(directory, session), {}
  for _, id in ipairs(ids_on(redis.call('HGET', pages, page) or '')) do
    if id ~= session then left[#left + 1] = id end
  end
  write(directory, pages, page, left)
end
