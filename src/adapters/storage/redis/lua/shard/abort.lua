-- Make sure that an opening or a change is never committed.
-- ARGV 1 token, 2 the longest lease in ms that is waited for, or 0 not to wait; a longer one was timed by another clock
-- → ms left of the lease; 0 when aborted, or when it is not under way any more
local record, now = redis.call('GET', KEYS[1]), underway()
if not record or not now or now.token ~= ARGV[1] then return 0 end
local head = header(record)
if head.phase ~= 'o' and head.phase ~= 'r' then return 0 end
local left = now.lease - clock()
if left > 0 and left <= tonumber(ARGV[2]) then return left end
put_phase(record, head.phase == 'o' and 'x' or 'a')
return 0
