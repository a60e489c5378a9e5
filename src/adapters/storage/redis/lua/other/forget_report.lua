-- Forget a report.
-- KEYS 1 the reports it stands among, 2 digests of the shard's reports, 3 reports of no known session
-- ARGV 1 digest, 2 session and the length of its id
-- → 1 when it was one of no known session
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1] .. ARGV[2])
return redis.call('ZREM', KEYS[3], ARGV[1] .. ARGV[2])
