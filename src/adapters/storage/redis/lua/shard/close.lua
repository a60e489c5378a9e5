-- Close a session: whatever is under way with it, from here on it is closed.
-- KEYS 4 the shard's events
-- ARGV 1 session, 2 now, 3 lease in ms
-- → the record; nothing when there is no session
local record = redis.call('GET', KEYS[1])
if not record then return false end
local head = header(record)
if head.phase == 'o' or head.phase == 'x' or head.phase == 'f' then return false end
local now = tonumber(ARGV[2])
if head.closed ~= 0 or (head.life ~= 'A' and head.expires <= now) then return record end
if head.life ~= 'A' then
  -- A clock ahead of the closer's has found it expired; its routes are ended, and it shall read as closed.
  record = record:sub(1, 2) .. struct.pack('>I4', head.version + 1) .. record:sub(7, 14)
    .. struct.pack('>I8', now) .. record:sub(23)
  redis.call('SET', KEYS[1], record, 'KEEPTTL')
  tell_of('SESSION_CLOSED', ARGV[1], record, now)
  return record
end
local phase = head.phase
if phase == '-' and head.expires <= now then
  -- It has expired and is taken off its numbers now, lest a change that waits bring it back.
  begin(ARGV[1], string.rep('\0', 8), ARGV[3], '')
  redis.call('SETRANGE', KEYS[1], 0, 'cE')
  tell_of('SESSION_EXPIRED', ARGV[1], record, now)
  return 'cE' .. record:sub(3)
end
if phase == '-' then
  phase = 'c'
  begin(ARGV[1], string.rep('\0', 8), ARGV[3], '')
end
record = phase .. 'A' .. struct.pack('>I4', head.version + 1) .. record:sub(7, 14)
  .. struct.pack('>I8', now) .. record:sub(23)
redis.call('SET', KEYS[1], record, 'KEEPTTL')
tell_of('SESSION_CLOSED', ARGV[1], record, now)
return record
