--@id L441
--@kind cpu
--@shape queue
--@expect ok|limit:cpu|limit:host
-- A key set before everything that was removed and removed again: the commit looks for the new front of the queue, and must not
-- walk over all that lies there.
-- MUST OBSERVE: the commit is short
function attack(input, output)
  cls.map_set_val("!", input)
  cls.map_remove_key("!")
  cls.map_remove_key("zz")
end
cls.register(attack)
