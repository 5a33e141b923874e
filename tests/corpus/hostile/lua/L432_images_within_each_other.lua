--@id L432
--@kind mem
--@expect ok|refused|error|limit:mem|limit:cpu|limit:host
-- A class that leaves 5 MiB behind and calls itself: each level needs a state and an image of it.
-- MUST OBSERVE: process grows within the limit
local kept = {}
for i = 1, 40000 do kept[i] = {} end
function attack(input, output)
  local level = tonumber(input:str()) or 0
  if level < 12 then pcall(cls.call, "attack", "attack", tostring(level + 1)) end
end
cls.register(attack)
