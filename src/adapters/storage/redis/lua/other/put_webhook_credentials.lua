-- Store the sealed record of webhook credentials in the place of another.
-- KEYS 1 the record, 2 the keys that writers must have
-- ARGV 1 the keys as the writer knows them, 2 the record that there must be, or '' for none, 3 the new one
-- → '' when stored; KEYS when the keys have changed, RECORD when the record has
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[1] then return 'KEYS' end
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[2] then return 'RECORD' end
redis.call('SET', KEYS[1], ARGV[3])
return ''
