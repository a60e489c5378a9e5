-- Make sure that an opening or a change is never committed.
-- ARGV 1 token, 2 whether to wait for the end of its lease (1) or not (0)
-- → ms left of the lease; 0 when aborted, or when it is not under way any more
local record, now = redis.call('GET', KEYS[1]), underway()
if not record or not now or now.token ~= ARGV[1] then return 0 end
local head = header(record)
if head.phase ~= 'o' and head.phase ~= 'r' then return 0 end
local left = now.lease - clock()
if ARGV[2] == '1' and left > 0 and left <= OVERDUE_MS then return left end
put_phase(record, head.phase == 'o' and 'x' or 'a')
return 0
