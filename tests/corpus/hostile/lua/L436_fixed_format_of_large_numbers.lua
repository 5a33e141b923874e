--@id L436
--@kind cpu
--@expect limit:cpu|limit:mem
-- Four hundred digits from a format of seven bytes.
-- MUST OBSERVE: deadline in grace; no gap of 10 ms and more between two looks at the clock
function attack(input, output)
  local format, thirty = string.format, ("%.99f"):rep(30)
  local n = {}
  for i = 1, 30 do n[i] = 1e300 / i end
  while true do format("%99.99f", 1e308) format(thirty, table.unpack(n)) end
end
cls.register(attack)
