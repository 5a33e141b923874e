local mt = {__index = function(t, k) return k end, __eq = function() return true end, __lt = function() return false end, __call = print, __concat = function(a, b) return "c" end}
function attack(i, o)
  local t = setmetatable({}, mt)
  o:append(t.x .. tostring(t == setmetatable({}, mt)) .. (t .. "y"))
  local ok, e = pcall(error, setmetatable({}, {__tostring = function() return "e" end}))
end
cls.register(attack)
