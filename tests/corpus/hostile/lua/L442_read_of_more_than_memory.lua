--@id L442
--@kind mem
--@expect limit:mem|limit:host
-- An object larger than the script's memory, read whole: the bytes are nowhere to go, so the host need not gather them.
-- MUST OBSERVE: process grows within the limit
function attack(input, output)
  cls.write(60 << 20, 1, "x")
  while true do pcall(cls.read, 0, 0) end
end
cls.register(attack)
