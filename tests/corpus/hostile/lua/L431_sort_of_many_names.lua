--@id L431
--@kind cpu
--@expect limit:cpu|limit:mem
-- The encoder sorts as many names as the heap holds, with a beginning they share, again and again.
-- MUST OBSERVE: deadline in grace
function attack(input, output)
  local t = {}
  for i = 1, 90000 do t[string.format("abcdefgh%x", i * 2654435761 % 4294967296)] = true end
  while true do pcall(json.encode, { t, print }) end
end
cls.register(attack)
