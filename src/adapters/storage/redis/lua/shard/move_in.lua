-- Begin to store a session as it is: until that is done it is one that is being forgotten, which takes back what is
-- stored of it if nobody goes on.
-- KEYS 4 index of the pool's sessions in this shard
-- ARGV 1 session, 2 lease in ms, 3 record in phase f
-- → nothing
redis.call('SET', KEYS[1], ARGV[3])
begin(ARGV[1], string.rep('\0', 8), ARGV[2], '')
redis.call('ZADD', KEYS[4], 0, ARGV[1])
return ''
