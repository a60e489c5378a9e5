-- Note that this caller's number is no virtual number of ours any more.
-- KEYS 1 the caller's hash
-- ARGV 1 number, 2 now, or 0 when unknown: the routes are then left to the sweeper, 3 how long what is left of its routes is remembered
-- → 1 when it was one
if redis.call('HGET', hash, '!') ~= ARGV[1] then return 0 end
redis.call('HDEL', hash, '!')
if ARGV[2] ~= '0' then outlive(tonumber(ARGV[2]), tonumber(ARGV[3]), 0) end
return 1
