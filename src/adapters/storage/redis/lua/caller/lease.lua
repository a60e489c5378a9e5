-- Reserve a pair (caller, dialled number) for a session.
-- KEYS 1 the caller's hash
-- ARGV 1 latest end that another session's route may have, 2 session, 3 lease, 4 dialled number in digits,
--      5 whether the caller takes part anew (1), or does already (0)
-- → '' when reserved; VIRTUAL; BLOCKED; TAKEN; or the lease of another session
if ARGV[5] == '1' then
  local marks = redis.call('HMGET', hash, '!', '#')
  if marks[1] then return 'VIRTUAL' end
  if marks[2] then return 'BLOCKED' end
end
local field = '?' .. ARGV[4]
local found = redis.call('HMGET', hash, field, ARGV[4])
if found[1] and found[1] ~= ARGV[3] then return found[1] end
if found[2] then
  local _, last, session = route(found[2])
  if session ~= ARGV[2] and last > tonumber(ARGV[1]) then return 'TAKEN' end
end
redis.call('HSET', hash, field, ARGV[3])
local left = redis.call('PTTL', hash)
if (left == -1 and redis.call('HLEN', hash) == 1) or (left >= 0 and left < LEASE_MS) then
  redis.call('PEXPIRE', hash, LEASE_MS)
end
return ''
