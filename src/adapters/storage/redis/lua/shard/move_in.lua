-- Begin to store a session as it is: until that is done it is one that is being forgotten, which takes back what is
-- stored of it if nobody goes on.
-- KEYS 4 pages of the pool's sessions in this shard by their first id, 5 what stands on them
-- ARGV 1 session, 2 lease in ms, 3 record in phase f, 4 ms it lives, or -1
-- → nothing
if redis.call('EXISTS', KEYS[1]) == 0 then enlist(KEYS[4], KEYS[5], ARGV[1], ARGV[4]) end
redis.call('SET', KEYS[1], ARGV[3])
begin(ARGV[1], string.rep('\0', 8), ARGV[2], '')
return ''
