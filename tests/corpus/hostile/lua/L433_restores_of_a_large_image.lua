--@id L433
--@kind cpu
--@expect limit:cpu|limit:host|limit:mem|refused|error
-- Every nested call of a class with a large image copies it: milliseconds for the fuel of a call.
-- MUST OBSERVE: deadline in grace
local kept = {}
for i = 1, 40000 do kept[i] = {} end
function attack(input, output)
  if input:str() == "leaf" then return 0 end
  while true do cls.call("attack", "attack", "leaf") end
end
cls.register(attack)
