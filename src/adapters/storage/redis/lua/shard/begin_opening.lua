-- Write down the intent to open a session.
-- KEYS 4 the keys that writers must have
-- ARGV 1 session, 2 token, 3 lease in ms, 4 the keys as the writer knows them, 5 record
-- → '' when begun; KEYS when the keys have changed; THERE when there is a record
if (redis.call('GET', KEYS[4]) or '') ~= ARGV[4] then return 'KEYS' end
if redis.call('EXISTS', KEYS[1]) == 1 then
  local now = underway()
  return now and now.token == ARGV[2] and '' or 'THERE'
end
redis.call('SET', KEYS[1], ARGV[5])
begin(ARGV[1], ARGV[2], ARGV[3], '')
return ''
