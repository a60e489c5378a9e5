-- Write a session's routes, each only over an older version of itself, over its own lease, or to end it, so that
-- whoever comes late with an outdated route changes nothing. Where another session has the pair, what stays is that
-- this one took part, too.
-- KEYS 1 the caller's hash
-- ARGV 1 session, 2 version, 3 lease, 4 now, 5 retention; then for each route:
--      dialled number in digits, route, callee, call settings or ''
-- → how many were written
local version, written, latest, told = tonumber(ARGV[2]), 0, 0, false
for index = 6, #ARGV, 4 do
  local dialled = ARGV[index]
  local _, own_end = route(ARGV[index + 1])
  local found = redis.call('HMGET', hash, dialled, '?' .. dialled)
  local leased = found[2] and found[2] == ARGV[3]
  local mine = leased
  if found[1] then
    local known, last, session = route(found[1])
    if session == ARGV[1] then
      mine = known < version or (known == version and ended(ARGV[index + 1]) and not ended(found[1]))
    elseif leased then
      redis.call('HSET', hash, '@' .. session, struct.pack('>I8', last))
    else
      redis.call('HSET', hash, '@' .. ARGV[1], struct.pack('>I8', math.min(own_end, last)))
      latest, told = math.max(latest, last), true
    end
  end
  if leased then redis.call('HDEL', hash, '?' .. dialled) end
  if mine then
    redis.call('HSET', hash, dialled, ARGV[index + 1], '-' .. dialled, ARGV[index + 2])
    if ARGV[index + 3] ~= '' then
      redis.call('HSET', hash, 's' .. dialled, ARGV[index + 3])
    else
      redis.call('HDEL', hash, 's' .. dialled)
    end
    redis.call('HDEL', hash, '@' .. ARGV[1])
    latest = math.max(latest, own_end)
    written = written + 1
  end
end
if written > 0 or told then outlive(tonumber(ARGV[4]), tonumber(ARGV[5]), latest) end
return written
