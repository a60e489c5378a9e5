-- Note that this caller is blocked.
-- KEYS 1 the caller's hash
-- ARGV 1 block
-- → nothing
redis.call('HSET', hash, '#', ARGV[1])
redis.call('PERSIST', hash)
return ''
