-- Store what a session has with this caller: lead those pairs to it that are its own, whoever had them.
-- KEYS 1 the caller's hash
-- ARGV 1 session, 2 now, 3 how long it is remembered, 4 its end; then for each route:
--      dialled number in digits, route, callee, call settings or '', whether the pair is its own (1 or 0)
-- → nothing
local latest, own = tonumber(ARGV[4]), false
for index = 5, #ARGV, 5 do
  local dialled = ARGV[index]
  local found = redis.call('HGET', hash, dialled)
  local session = ''
  if found then session = select(3, route(found)) end
  if ARGV[index + 4] == '1' then
    own = true
    redis.call('HSET', hash, dialled, ARGV[index + 1], '-' .. dialled, ARGV[index + 2])
    if ARGV[index + 3] ~= '' then
      redis.call('HSET', hash, 's' .. dialled, ARGV[index + 3])
    else
      redis.call('HDEL', hash, 's' .. dialled)
    end
  elseif session == ARGV[1] then
    redis.call('HDEL', hash, dialled, '-' .. dialled, 's' .. dialled)
  end
end
if own then
  redis.call('HDEL', hash, '@' .. ARGV[1])
else
  redis.call('HSET', hash, '@' .. ARGV[1], struct.pack('>I8', latest))
end
outlive(tonumber(ARGV[2]), tonumber(ARGV[3]), latest)
return ''
