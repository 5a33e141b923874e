-- A JSON decoder in Lua itself, the same text in every Lua that is compared. Undoes simple escapes.
local function decode(text)
  local at = 1
  local value
  local plain = { n = "\n", t = "\t", r = "\r" }
  local function text_at()
    local stop = text:find('"', at + 1, true)
    while text:byte(stop - 1) == 92 do
      stop = text:find('"', stop + 1, true)
    end
    local found = text:sub(at + 1, stop - 1)
    at = stop + 1
    if found:find("\\", 1, true) then
      found = found:gsub("\\(.)", function(c) return plain[c] or c end)
    end
    return found
  end
  local function space()
    at = text:find("[^ \n\t\r]", at)
  end
  function value()
    space()
    local c = text:sub(at, at)
    if c == '"' then
      return text_at()
    elseif c == "{" or c == "[" then
      local close, result, count = c == "{" and "}" or "]", {}, 0
      at = at + 1
      space()
      while text:sub(at, at) ~= close do
        if c == "{" then
          local name = text_at()
          space()
          at = at + 1
          result[name] = value()
        else
          count = count + 1
          result[count] = value()
        end
        space()
        if text:sub(at, at) == "," then
          at = at + 1
          space()
        end
      end
      at = at + 1
      return result
    end
    local word = text:match("^[%w%.%-%+]+", at)
    at = at + #word
    if word == "true" then return true end
    if word == "false" then return false end
    if word == "null" then return nil end
    return tonumber(word)
  end
  return value()
end
