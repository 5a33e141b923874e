-- every metamethod that is left, inheritance, protected metatables

local V = {}
V.__index = V
local function vec(x, y) return setmetatable({x = x, y = y}, V) end
local function num(a) return type(a) == "number" and a or a.x end
for _, name in ipairs{"add", "sub", "mul", "div", "mod", "pow", "idiv", "band", "bor", "bxor", "shl", "shr"} do
  V["__" .. name] = function(a, b) return name .. num(a) .. num(b) end
end
V.__unm = function(a) return "unm" .. a.x end
V.__bnot = function(a) return "bnot" .. a.x end
V.__len = function(a) return a.x end
V.__eq = function(a, b) return a.x == b.x end
V.__lt = function(a, b) return num(a) < num(b) end
V.__le = function(a, b) return num(a) <= num(b) end
V.__concat = function(a, b) return "concat" end
V.__call = function(self, a, ...) return self.x + a, select("#", ...) end
V.__tostring = function(a) return "vec " .. a.x end
V.__name = "Vector"
local a, b = vec(1, 2), vec(3, 4)
assert(a + b == "add13" and a - 1 == "sub11" and 2 * b == "mul23" and a / b == "div13" and a % b == "mod13")
assert(a ^ b == "pow13" and a // b == "idiv13" and a & b == "band13" and a | 1 == "bor11" and a ~ b == "bxor13")
assert(a << b == "shl13" and a >> b == "shr13" and -a == "unm1" and ~a == "bnot1" and #b == 3)
assert(a ~= b and a == vec(1, 9) and a < b and a <= b and not (a > b) and a < 5 and 0 < a)
assert(a .. "x" == "concat" and "x" .. a == "concat" and 1 .. a == "concat" and tostring(a) == "vec 1")
local sum, extra = a(10, nil, nil)
assert(sum == 11 and extra == 2 and pcall(a, 1) and string.format("%s", b) == "vec 3")

local log = {}
local proxy = setmetatable({}, {
  __index = function(_, k) log[#log + 1] = "get " .. k return k .. "!" end,
  __newindex = function(_, k, v) log[#log + 1] = "set " .. k end,
})
proxy.a = proxy.b
assert(table.concat(log, ",") == "get b,set a" and rawget(proxy, "a") == nil)
rawset(proxy, "a", 1)
assert(proxy.a == 1 and rawlen({1, 2}) == 2 and rawequal(proxy, proxy) and not rawequal(a, vec(1, 2)))

local base = {greet = function(self) return "hi " .. self.name end}
local mid = setmetatable({}, {__index = base})
local leaf = setmetatable({name = "leaf"}, {__index = mid})
assert(leaf:greet() == "hi leaf" and leaf.missing == nil)
local chain = {} for i = 1, 100 do chain = setmetatable({}, {__index = chain, __newindex = chain}) end
chain.x = 5
assert(chain.x == 5 and rawget(chain, "x") == nil)
local ring = {} setmetatable(ring, {__index = ring, __newindex = ring})
assert(not pcall(function() return ring.x end) and not pcall(function() ring.x = 1 end))

local callable = setmetatable({}, {__call = setmetatable({}, {__call = function(self, other, x) return x end})})
assert(callable(7) == 7)
local iterated = {}
for k, v in pairs(setmetatable({}, {__pairs = function(t) return next, {z = 26}, nil end})) do iterated[k] = v end
assert(iterated.z == 26)
local listed = {}
for i, v in ipairs(setmetatable({}, {__index = function(_, i) if i < 4 then return i * i end end})) do listed[i] = v end
assert(table.concat(listed, " ") == "1 4 9")
assert(#setmetatable({}, {__len = function() return 42 end}) == 42)
assert(table.concat(setmetatable({}, {__len = function() return 3 end, __index = function(_, i) return i end}), "") == "123")

local locked = setmetatable({}, {__metatable = "locked"})
assert(getmetatable(locked) == "locked" and not pcall(setmetatable, locked, {}))
assert(setmetatable({}, nil) and getmetatable({}) == nil)
assert(("x").len == string.len and #("abc"):upper() == 3)

return "done"
