-- Remember the last webhook of each kind and apiId, unless a later one is known.
-- KEYS 1 times by kind and apiId
-- ARGV kind and apiId, time, and so on
-- → nothing
for index = 1, #ARGV, 2 do
  local known = redis.call('HGET', KEYS[1], ARGV[index])
  if not known or tonumber(known) < tonumber(ARGV[index + 1]) then
    redis.call('HSET', KEYS[1], ARGV[index], ARGV[index + 1])
  end
end
return ''
