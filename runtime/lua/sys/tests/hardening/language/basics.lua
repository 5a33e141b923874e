-- goto, closures, varargs, scopes, calls, errors, load

do
  local i, seen = 1, {}
  ::top::
  if i <= 3 then seen[i] = i * i; i = i + 1; goto top end
  assert(#seen == 3 and seen[3] == 9)
  for i = 1, 10 do
    for j = 1, 10 do
      if j == 3 then goto continue end
    end
    error("not reached")
    ::continue::
  end
end

do
  local adders = {}
  for i = 1, 3 do adders[i] = function(x) i = i + x return i end end
  assert(adders[1](10) == 11 and adders[1](10) == 21 and adders[2](0) == 2, "each turn has its own variable")
  local function counter() local n = 0 return function() n = n + 1 return n end, function() return n end end
  local up, read = counter()
  up() up()
  assert(read() == 2, "closures share a variable")
end

do
  local function pack(...) return select("#", ...), {...} end
  local n, t = pack(nil, nil, 3, nil)
  assert(n == 4 and t[3] == 3)
  local function tail(...) return select(2, ...) end
  assert(select("#", tail(1, nil, nil)) == 2 and select(-1, 1, 2, 3) == 3)
  local function pass(...) return ... end
  assert(table.concat({pass(1, 2), pass(3, 4)}, " ") == "1 3 4" and (pass(1, 2)) == 1)
  local function depth(n) if n == 0 then return "bottom" end return depth(n - 1) end
  assert(depth(300000) == "bottom", "tail calls use no stack")
  local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
  assert(fib(20) == 6765)
  local many = {}
  for i = 1, 5000 do many[i] = i end
  assert(select("#", table.unpack(many)) == 5000 and select(5000, table.unpack(many)) == 5000)
end

do
  local ok, e = pcall(error, {code = 7})
  assert(not ok and e.code == 7)
  ok, e = pcall(function() error("plain", 0) end)
  assert(e == "plain")
  ok, e = pcall(function() local x = nil; return x.y end)
  assert(e:find("attempt to index a nil value %(local 'x'%)"), e)
  ok, e = pcall(function() return undefined_function() end)
  assert(e:find("attempt to call a nil value %(global 'undefined_function'%)"), e)
  ok, e = pcall(function() return {} + 1 end)
  assert(e:find("attempt to perform arithmetic on a table value"), e)
  ok, e = pcall(function() return {} < {} end)
  assert(e:find("attempt to compare two table values"), e)
  ok, e = pcall(string.rep)
  assert(e:find("bad argument #1 to '.-' %(string expected, got no value%)"), e)
  local traced = {xpcall(function() error("x", 0) end, function(m) return m .. "!" end)}
  assert(traced[2] == "x!")
  assert(select("#", pcall(function() return 1, nil, nil end)) == 4)
end

do
  assert(load("return 1 + 1")() == 2)
  local parts, i = {"return ", "4", "2"}, 0
  assert(load(function() i = i + 1 return parts[i] end)() == 42)
  local env = {x = 5}
  assert(load("x = x + 1 return x", "chunk", "t", env)() == 6 and env.x == 6 and x == nil)
  local f, e = load("return +")
  assert(not f and e:find("unexpected symbol near '+'", 1, true), e)
  assert(load("--[==[ long ]] comment ]==] return [==[a]]b]==]")() == "a]]b")
  assert(load("#!") == nil)
end

do
  local x <const> = 3
  assert(x == 3 and not load("local x <const> = 1 x = 2"))
  local n = 0
  while true do n = n + 1 if n == 5 then break end end
  repeat local done = n == 7 n = n + 1 until done
  assert(n == 8)
  local order = {}
  for i = 3, 1, -1 do order[#order + 1] = i end
  for i = 1, 0 do error("not reached") end
  for i = 1.0, 2, 0.5 do order[#order + 1] = i end
  assert(table.concat(order, " ") == "3 2 1 1.0 1.5 2.0")
  local c = 0
  for i = math.maxinteger - 1, math.maxinteger do c = c + 1 end
  assert(c == 2, "loops do not wrap")
  assert(not pcall(function() for i = 1, 10, 0 do end end))
  local a, b, c = (function() return 1, 2, 3 end)()
  assert(a + b + c == 6 and (1 and nil) == nil and (false or 1) == 1 and not nil)
end

return "done"
