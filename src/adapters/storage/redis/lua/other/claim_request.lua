-- Take a request for a session.
-- KEYS 1 the request
-- ARGV 1 lease, 2 lease that is known to be dead, or '', 3 ms it lives at first
-- → '' when taken, now or before; the lease that has it
local found = redis.call('GET', KEYS[1])
if found and found ~= ARGV[1] and found ~= ARGV[2] then return found end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return ''
