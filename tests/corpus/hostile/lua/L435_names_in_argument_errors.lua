--@id L435
--@kind cpu
--@expect limit:cpu|limit:mem
-- A message about an argument looks for the function's name: in tables the script has filled, if it looks there.
-- MUST OBSERVE: deadline in grace
function attack(input, output)
  for i = 1, 60000 do string["x" .. i] = i cls[i] = i end
  local rep = string.rep
  string.rep = nil
  while true do pcall(rep) pcall(cls.read) end
end
cls.register(attack)
