local n = 0
local function f(...) local a, b = ... n = n + (select("#", ...)) return function() n = n + 1 return a, b, n end end
function attack(i, o) for k = 1, 20 do o:append(tostring((f(k, k, k)()))) end end
cls.register(attack)
