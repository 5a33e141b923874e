--@id L434
--@kind cpu
--@expect limit:cpu|limit:mem
-- Numbers whose conversion takes a thousand times what it takes for others, short and long.
-- MUST OBSERVE: deadline in grace; no gap of 10 ms and more between two looks at the clock
function attack(input, output)
  local short = "[" .. ("2.22507385850720113605e-308,"):rep(40000) .. "0]"
  local long = "[" .. ("1." .. ("3"):rep(760) .. "e-290,"):rep(2000) .. "0]"
  while true do json.decode(short) json.decode(long) end
end
cls.register(attack)
