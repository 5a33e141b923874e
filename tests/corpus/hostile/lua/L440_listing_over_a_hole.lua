--@id L440
--@kind cpu
--@shape queue
--@expect limit:cpu|limit:host
-- A long queue with a hole in the middle: what is left of a removed range lies where a walk has to come by. The storage engine
-- passes by its own marks of removal in one step, however many they are, and nobody looks at the clock meanwhile.
-- MUST OBSERVE: deadline in grace; rows that nobody can see are charged
function attack(input, output)
  local starts = { "", "003500", "017999" }
  while true do
    for _, start in ipairs(starts) do
      cls.map_get_keys(start, 1)
      cls.map_get_vals(start, "", 1)
      cls.map_remove_range(start, start .. "~")
    end
  end
end
cls.register(attack)
