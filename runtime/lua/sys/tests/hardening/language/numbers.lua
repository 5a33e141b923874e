-- integers and floats, conversions, the math library

assert(7 // 2 == 3 and -7 // 2 == -4 and 7 % -3 == -2 and -7 % 3 == 2 and 7 / 2 == 3.5 and 2 ^ 10 == 1024.0)
assert(7.5 // 2 == 3.0 and -7.5 % 2 == 0.5 and 5 % math.huge == 5.0 and -5 % math.huge == math.huge)
assert(1e308 * 10 == math.huge and -1 // 0.0 == -math.huge and 0/0 ~= 0/0)
assert(not pcall(function() return 1 // 0 end) and not pcall(function() return 1 % 0 end))
assert(math.maxinteger + 1 == math.mininteger and math.mininteger // -1 == math.mininteger)
assert(1 == 1.0 and math.type(1) == "integer" and math.type(1.0) == "float" and math.type("1") == nil)
assert(1 << 63 == math.mininteger and 1 << 64 == 0 and -1 >> 1 == math.maxinteger and 3 ~ 5 == 6 and ~0 == -1)
assert(2^53 == 2^53 + 1 and (1 << 53) ~= (1 << 53) + 1 and math.maxinteger < 2^63 and math.maxinteger + 0.0 == 2^63)
assert(3 & 2.0 == 2 and not pcall(function() return 1 & 1.5 end) and not pcall(function() return 1 & "x" end))
assert(0x7fffffffffffffff == math.maxinteger and 0xffffffffffffffff == -1 and 1e2 == 100 and .5 == 0.5 and 0x.8p1 == 1.0)
assert(tostring(1e15) == "1e+15" and tostring(2^31) == "2147483648.0" and tostring(-0.0) == "-0.0" and tostring(1/3) == "0.33333333333333")
assert(math.floor(-3.5) == -4 and math.ceil(3.2) == 4 and math.abs(-3) == 3 and math.max(1, 5, 3) == 5 and math.min(2, 1) == 1)
assert(math.tointeger(3.0) == 3 and math.tointeger(3.5) == nil and math.ult(1, -1) and math.fmod(-7, 3) == -1)
assert(math.sqrt(16) == 4.0 and math.floor(math.exp(0)) == 1 and math.modf(3.7) == 3.0 and math.huge > math.maxinteger)
assert(math.abs(math.sin(math.pi)) < 1e-10 and math.log(8, 2) == 3.0 and math.log(100, 10) == 2.0)
for i = 1, 1000 do
  local r = math.random() assert(0 <= r and r < 1)
  r = math.random(10) assert(1 <= r and r <= 10)
  r = math.random(-5, 5) assert(-5 <= r and r <= 5)
end
assert(not pcall(math.random, 2, 1) and math.type(math.random(0)) == "integer")
math.randomseed(123) local x = math.random(1 << 30)
math.randomseed(123) assert(math.random(1 << 30) == x)
assert(1 < 1.5 and 1 <= 1.0 and not (1 < 1.0) and math.mininteger < -2^53 and 2^63 > math.maxinteger and -2^63 == math.mininteger)
local n = 0
for i = 1, 3 do n = n + i end
for i = 1.5, 3 do n = n + i end
assert(n == 6 + 1.5 + 2.5)
local big = 1
for i = 1, 20 do big = big * i end
assert(big == 2432902008176640000)

return "done"
