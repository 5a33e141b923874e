--@id L430
--@kind mem
--@expect ok|error|limit:mem|limit:cpu
-- L404 without a cycle: sixty tables that hold the next one, each with as many names, and the other encoder.
-- MUST OBSERVE: process grows within the limit
function attack(input, output)
  local inner = 1
  for level = 1, 60 do
    local t = { z = inner }
    for i = 1, 2500 do t[string.format("%x", i)] = true end
    inner = t
  end
  cmsgpack.pack(inner)
  json.encode(inner)
end
cls.register(attack)
