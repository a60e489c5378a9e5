-- Take one of the tries of PINs that a call and a number dialled have.
-- KEYS 1 tries on the number: when they began to be counted (since), how many (tries), until when it is locked (locked);
--      2 what was tried on the call
-- ARGV 1 what is tried, 2 tries of a call, 3 tries of a number, 4 within which time, 5 how long it is locked, 6 now, all
--      three in microseconds, 7 ms that the number's tries live, 8 ms that the call's live
-- → GRANTED, LAST, CALL_SPENT or NUMBER_LOCKED, as in masking_core.pins
local most, now = tonumber(ARGV[2]), tonumber(ARGV[6])
local found = redis.call('HMGET', KEYS[1], 'since', 'tries', 'locked')
local since, tries, locked = tonumber(found[1] or now), tonumber(found[2] or 0), tonumber(found[3] or 0)
if now < locked then return 'NUMBER_LOCKED' end

local function number(value) return string.format('%.0f', value) end

local tried = redis.call('SCARD', KEYS[2])
if redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 0 then
  if tried >= most then return 'CALL_SPENT' end
  if now >= since + tonumber(ARGV[4]) or locked > 0 then since, tries, locked = now, 0, 0 end
  local full = tries >= tonumber(ARGV[3])
  if full then locked = now + tonumber(ARGV[5]) else tries = tries + 1 end
  redis.call('HSET', KEYS[1], 'since', number(since), 'tries', number(tries), 'locked', number(locked))
  redis.call('PEXPIRE', KEYS[1], ARGV[7])
  if full then return 'NUMBER_LOCKED' end
  redis.call('SADD', KEYS[2], ARGV[1])
  redis.call('PEXPIRE', KEYS[2], ARGV[8])
  tried = tried + 1
end
return tried >= most and 'LAST' or 'GRANTED'
