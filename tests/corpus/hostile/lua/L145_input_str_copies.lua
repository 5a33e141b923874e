--@id L145
--@kind mem
--@inputs zeros:4194304
--@expect limit:mem|limit:cpu|error
-- MUST OBSERVE: every input:str() copies the input into Lua: with a 4 MB input this must be
--   charged.
-- SOURCE: rule
function attack(input, output)
  local t = {} while true do t[#t + 1] = input:str() .. #t end
end
cls.register(attack)
