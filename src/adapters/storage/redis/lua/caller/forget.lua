-- Forget what a session has with this caller.
-- KEYS 1 the caller's hash
-- ARGV 1 session, 2... dialled numbers in digits
-- → how many routes were forgotten
local forgotten = 0
for index = 2, #ARGV do
  local found = redis.call('HGET', hash, ARGV[index])
  if found then
    local _, _, session = route(found)
    if session == ARGV[1] then
      redis.call('HDEL', hash, ARGV[index], '-' .. ARGV[index], 's' .. ARGV[index])
      forgotten = forgotten + 1
    end
  end
end
redis.call('HDEL', hash, '@' .. ARGV[1])
return forgotten
