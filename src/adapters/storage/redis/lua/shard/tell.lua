-- Tell of events that belong to no change of their own.
-- KEYS 1 the shard's events
-- ARGV the events
-- → nothing
for index = 1, #ARGV do tell(ARGV[index]) end
return ''
