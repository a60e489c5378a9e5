-- Take stages of work one after the other, up to the first whose replies are not all granted.
-- KEYS those of each command, in their order
-- ARGV 1 how many stages; then of each stage how many commands, how many replies are granted (0: all are), and these;
--      then of each command its name, how many keys and how many arguments it has, and these arguments
-- → of each stage that was begun the replies
local every_key, told = KEYS, ARGV
local KEYS, ARGV
local scripts = {}
-- SCRIPTS
local at, key = 0, 0

local function word()
  at = at + 1
  return told[at]
end

local function reply_to(name)
  local keys, arguments = tonumber(word()), tonumber(word())
  KEYS, ARGV = {}, {}
  for index = 1, keys do KEYS[index] = every_key[key + index] end
  key = key + keys
  for index = 1, arguments do ARGV[index] = word() end
  if scripts[name] then return scripts[name]() end
  return redis.call(name, KEYS[1], unpack(ARGV))
end

local taken = {}
for stage = 1, tonumber(word()) do
  local commands, grants, granted, goes_on = tonumber(word()), tonumber(word()), {}, true
  for _ = 1, grants do granted[word()] = true end
  taken[stage] = {}
  for index = 1, commands do
    -- Nothing would end the list of replies.
    local reply = reply_to(word()) or false
    taken[stage][index] = reply
    if grants > 0 and not granted[tostring(reply)] then goes_on = false end
  end
  if not goes_on then break end
end
return taken
