-- End the storing of a session, all of which is there.
-- ARGV 1 session, 2 whether it counts on its numbers (A) or not (E), 3 ms the record lives, or -1
-- → nothing
redis.call('DEL', KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('SETRANGE', KEYS[1], 0, '-' .. ARGV[2])
live(ARGV[3])
return ''
