function attack(i, o)
  local t = {3, 1, 2, n = 4} table.sort(t, function(a, b) return a > b end)
  t = table.move(t, 1, 3, 2) table.insert(t, 1, 9) table.remove(t)
  o:append(table.concat(t, ",") .. select("#", table.unpack(t)))
end
cls.register(attack, "r")
