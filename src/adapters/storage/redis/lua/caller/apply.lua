-- Write a session's routes, each only over an older version of itself, over its own lease, or to end it, so that
-- whoever comes late with an outdated route changes nothing.
-- KEYS 1 the caller's hash
-- ARGV 1 session, 2 version, 3 lease, 4 now, 5 retention; then for each route:
--      dialled number in digits, route, callee, call settings or ''
-- → how many were written
local version, written, latest = tonumber(ARGV[2]), 0, 0
for index = 6, #ARGV, 4 do
  local dialled = ARGV[index]
  local found = redis.call('HMGET', hash, dialled, '?' .. dialled)
  local leased = found[2] and found[2] == ARGV[3]
  local mine = leased
  if found[1] then
    local known, last, session = route(found[1])
    if session == ARGV[1] then
      mine = known < version or (known == version and ended(ARGV[index + 1]) and not ended(found[1]))
    elseif leased then
      redis.call('HSET', hash, '@' .. session, struct.pack('>I8', last))
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
    local _, last = route(ARGV[index + 1])
    latest = math.max(latest, last)
    written = written + 1
  end
end
if written > 0 then outlive(tonumber(ARGV[4]), tonumber(ARGV[5]), latest) end
return written
