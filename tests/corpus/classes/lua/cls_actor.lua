-- actor: does to its object what its input says. The behaviour suite drives every runtime through a class of this
-- name; a new runtime joins the suite by offering the same class, in its own language.
--
-- Input: one action a line, words separated by one space. In a word `%00` is a byte in hex, `-` alone is the empty
-- word, and `x*3` is `xxx`. Output: one line for each action that reads something, in the same encoding.
--
--   create [exclusive] | remove | write OFF BYTES | write_full BYTES | replace OFF BYTES | truncate SIZE
--   zero OFF LEN | setxattr NAME BYTES | map_set_val KEY BYTES | map_set_vals KEY=BYTES... | map_remove_key KEY
--   map_remove_range BEGIN END | map_clear | map_write_header BYTES
--   stat              -> stat SIZE            read OFF LEN             -> read BYTES
--   getxattr NAME     -> xattr BYTES          getxattrs                -> xattrs NAME=BYTES...
--   map_get_keys AFTER MAX -> keys KEY...     map_get_vals AFTER PREFIX MAX -> vals KEY=BYTES...
--   map_get_val KEY   -> val BYTES            map_get_vals_by_keys KEY... -> vals KEY=BYTES...
--   map_count AFTER MAX -> count N            map_read_header -> header BYTES            (a listing that goes on ends with the word `...`)
--   version           -> version N            subop -> subop N         origin -> origin TEXT
--   call CLASS METHOD BYTES -> reply RET BYTES
--   log LEVEL TEXT | out BYTES -> out BYTES | spin (for ever) | hoard (allocates for ever)
--   return N | fail ENAME
--
-- A failing action ends the method with its error number. Behind `try` it answers `error ENAME` and goes on.
-- The methods r, w and rw are the same code under the three flags.

local cls = objclass

local names = {}
for name, value in pairs(cls) do
  if math.type(value) == "integer" and name:find("^E") then
    names[value] = name
  end
end

local function decode(word)
  if word == "-" then
    return ""
  end
  local unit, times = word:match("^(.+)%*(%d+)$")
  if unit then
    return decode(unit):rep(math.tointeger(tonumber(times)))
  end
  return (word:gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

local function encode(bytes)
  if bytes == "" then
    return "-"
  elseif bytes == "-" then
    return "%2d"
  end
  return (bytes:gsub("[\0-\32%%*\127-\255]", function(byte)
    return string.format("%%%02x", byte:byte())
  end))
end

local function buffer(word)
  local result = bufferlist.new()
  result:append(decode(word))
  return result
end

local function number(word)
  return math.tointeger(tonumber(word))
end

local function pair(word)
  local key, value = word:match("^([^=]*)=(.*)$")
  return decode(key), decode(value)
end

-- One line for a table of key -> bufferlist, keys in byte order.
local function pairs_line(label, entries, more)
  local keys = {}
  for key in pairs(entries) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  local line = label
  for _, key in ipairs(keys) do
    line = line .. " " .. encode(key) .. "=" .. encode(entries[key]:str())
  end
  return more and line .. " ..." or line
end

local actions = {
  create = function(mode) cls.create(mode == "exclusive") end,
  remove = function() cls.remove() end,
  write = function(offset, bytes)
    local data = buffer(bytes)
    cls.write(number(offset), #data, data)
  end,
  write_full = function(bytes) cls.write_full(buffer(bytes)) end,
  replace = function(offset, bytes)
    local data = buffer(bytes)
    cls.replace(number(offset), #data, data)
  end,
  truncate = function(size) cls.truncate(number(size)) end,
  zero = function(offset, length) cls.zero(number(offset), number(length)) end,
  setxattr = function(name, bytes) cls.setxattr(decode(name), buffer(bytes)) end,
  map_set_val = function(key, bytes) cls.map_set_val(decode(key), buffer(bytes)) end,
  map_set_vals = function(...)
    local entries = {}
    for _, word in ipairs({ ... }) do
      local key, value = pair(word)
      entries[key] = value
    end
    cls.map_set_vals(entries)
  end,
  map_remove_key = function(key) cls.map_remove_key(decode(key)) end,
  map_remove_range = function(from, to) cls.map_remove_range(decode(from), decode(to)) end,
  map_clear = function() cls.map_clear() end,
  map_write_header = function(bytes) cls.map_write_header(buffer(bytes)) end,

  stat = function()
    local size = cls.stat()
    return "stat " .. size
  end,
  read = function(offset, length)
    return "read " .. encode(cls.read(number(offset), number(length)):str())
  end,
  getxattr = function(name) return "xattr " .. encode(cls.getxattr(decode(name)):str()) end,
  getxattrs = function() return pairs_line("xattrs", cls.getxattrs()) end,
  map_get_keys = function(after, max)
    local present, more = cls.map_get_keys(decode(after), number(max))
    local keys = {}
    for key in pairs(present) do
      keys[#keys + 1] = key
    end
    table.sort(keys)
    local line = "keys"
    for _, key in ipairs(keys) do
      line = line .. " " .. encode(key)
    end
    return more and line .. " ..." or line
  end,
  map_count = function(after, max)
    local present, more = cls.map_get_keys(decode(after), number(max))
    local count = 0
    for _ in pairs(present) do
      count = count + 1
    end
    return "count " .. count .. (more and " ..." or "")
  end,
  map_get_vals = function(after, prefix, max)
    return pairs_line("vals", cls.map_get_vals(decode(after), decode(prefix), number(max)))
  end,
  map_get_val = function(key) return "val " .. encode(cls.map_get_val(decode(key)):str()) end,
  map_get_vals_by_keys = function(...)
    local keys = {}
    for i, word in ipairs({ ... }) do
      keys[i] = decode(word)
    end
    return pairs_line("vals", cls.map_get_vals_by_keys(keys))
  end,
  map_read_header = function() return "header " .. encode(cls.map_read_header():str()) end,

  version = function() return "version " .. cls.current_version() end,
  subop = function() return "subop " .. cls.current_subop_num() end,
  origin = function() return "origin " .. encode(cls.origin()) end,
  call = function(class, method, bytes)
    local ret, output = cls.call(decode(class), decode(method), buffer(bytes))
    return "reply " .. ret .. " " .. encode(output:str())
  end,

  log = function(level, text) cls.log(number(level), decode(text)) end,
  out = function(bytes) return "out " .. encode(decode(bytes)) end,
  spin = function() while true do end end,
  hoard = function()
    local hoard = {}
    for i = 1, math.maxinteger do
      hoard[i] = { i }
    end
  end,
}

local function act(input, output)
  for line in input:str():gmatch("[^\n]+") do
    local words = {}
    for word in line:gmatch("[^ ]+") do
      words[#words + 1] = word
    end
    local guarded = words[1] == "try"
    if guarded then
      table.remove(words, 1)
    end
    local verb = table.remove(words, 1)
    if verb == "return" then
      return number(words[1])
    elseif verb == "fail" then
      return -cls[words[1]]
    end
    local answer
    if guarded then
      local ok, errno, message = pcall(actions[verb], table.unpack(words))
      if ok then
        answer = errno
      elseif math.type(errno) == "integer" then
        answer = "error " .. (names[-errno] or tostring(errno))
      else
        error(errno, 0)
      end
    else
      answer = actions[verb](table.unpack(words))
    end
    if answer then
      output:append(answer .. "\n")
    end
  end
end

function r(input, output) return act(input, output) end
function w(input, output) return act(input, output) end
function rw(input, output) return act(input, output) end

cls.register(r, "r", "acts with the right to read")
cls.register(w, "w", "acts with the right to write")
cls.register(rw, "rw", "acts with both rights")
