-- List a session no longer of which nothing is left.
-- KEYS 1 pages of the pool's sessions in this shard by their first id, 2 what stands on them
-- ARGV 1 session
-- → nothing
delist(KEYS[1], KEYS[2], ARGV[1])
return ''
