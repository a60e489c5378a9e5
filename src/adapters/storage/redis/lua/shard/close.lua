-- Close a session: whatever is under way with it, from here on it is closed.
-- ARGV 1 session, 2 now, 3 lease in ms
-- → the record; nothing when there is no session
local record = redis.call('GET', KEYS[1])
if not record then return false end
local head = header(record)
if head.phase == 'o' or head.phase == 'x' or head.phase == 'f' then return false end
if head.closed ~= 0 or head.life ~= 'A' or head.expires <= tonumber(ARGV[2]) then return record end
local phase = head.phase
if phase == '-' then
  phase = 'c'
  begin(ARGV[1], string.rep('\0', 8), ARGV[3], '')
end
record = phase .. 'A' .. struct.pack('>I4', head.version + 1) .. record:sub(7, 14)
  .. struct.pack('>I8', tonumber(ARGV[2])) .. record:sub(23)
redis.call('SET', KEYS[1], record, 'KEEPTTL')
return record
