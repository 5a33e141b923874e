-- Class `benchlua`: the methods of the benchmark's C class, in Lua.

function noop() end

function say_hello(input, output)
  if #input > 100 then
    return -objclass.EINVAL
  end
  output:append("Hello, " .. input:str() .. "!")
end

-- The same on an object that does not exist: a method flagged "w" is called on those too.
function greet(input, output)
  return say_hello(input, output)
end

function ten()
  for _ = 1, 10 do
    objclass.getxattr("a")
  end
end

function echo(input, output)
  output:append(input)
end

function loop(input, output)
  local x = 0
  for i = 1, 10000000 do
    x = (x ~ (x >> 13)) * 31 + i
  end
  output:append(tostring(x & math.maxinteger))
end

function strings(input, output)
  local pieces = {}
  for i = 1, 20000 do
    pieces[i] = "item " .. i
  end
  output:append(tostring(#table.concat(pieces, ",")))
end

local function sum(document)
  local total = 0
  for _, item in ipairs(document) do
    total = total + item.id
  end
  return total
end

function json_host(input, output)
  output:append(string.format("%d", sum(json.decode(input:str()))))
end

--[[SCRIPT]]

function json_script(input, output)
  output:append(string.format("%d", sum(decode(input:str()))))
end

function bump(input, output)
  local record = objclass.read(0, 0):str()
  objclass.write_full(string.format("%020d", tonumber(record:sub(1, 20)) + 1) .. record:sub(21))
end

function get(input, output)
  output:append(objclass.read(0, 0))
end

for name, flags in pairs({
  noop = "r", say_hello = "r", greet = "w", ten = "r", echo = "r", loop = "r", strings = "r", json_host = "r", json_script = "r",
  bump = "rw", get = "r",
}) do
  objclass.register(_G[name], flags)
end
