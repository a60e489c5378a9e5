-- The pages on which the sessions before one stand: so many of them and more, if there are, and some after it.
-- KEYS 1 pages of the pool's sessions in this shard by their first id, 2 what stands on them
-- ARGV 1 session, or '' for the last ones, 2 how many
-- → ids, in no order
local before, found, wanted = ARGV[1] == '' and '+' or '(' .. ARGV[1], {}, tonumber(ARGV[2])
local first = true
while wanted > 0 do
  local page = redis.call('ZREVRANGEBYLEX', KEYS[1], before, '-', 'LIMIT', 0, 1)[1]
  if not page then break end
  local ids = ids_on(redis.call('HGET', KEYS[2], page) or '')
  for _, id in ipairs(ids) do found[#found + 1] = id end
  if not first or ARGV[1] == '' then wanted = wanted - #ids end
  first = false
  before = '(' .. page
end
return found
