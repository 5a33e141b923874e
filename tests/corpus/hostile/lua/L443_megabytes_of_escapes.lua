--@id L443
--@kind cpu
--@expect limit:cpu|limit:mem
-- A string of nothing but escapes: scanned with an eye on the clock, and then turned into bytes in one step.
-- MUST OBSERVE: deadline in grace; no long gap between looks at the clock
function attack(input, output)
  local text = '"' .. ("\\n"):rep(1 << 20) .. '"'
  while true do json.decode(text) end
end
cls.register(attack)
