-- lock: Ceph's advisory locks, byte for byte, as far as Ceph's own test programs need them: without durations, because
-- classes in Lua have no clock. Stored in the xattr `lock.NAME`.

local EXCLUSIVE <const>, SHARED <const>, EPHEMERAL <const> = 1, 2, 3
local MAY_RENEW <const>, MUST_RENEW <const> = 1, 2

-- The body of a versioned block and what follows it.
local function block(bytes, at)
  local _, compat, length, body = string.unpack("<BBI4", bytes, at)
  assert(compat == 1 and body + length - 1 <= #bytes)
  return body, body + length
end

local function wrap(body)
  return "\1\1" .. string.pack("<s4", body)
end

-- Reads a client's input; anything malformed is EINVAL.
local function read(input, format)
  local ok, fields = pcall(function()
    local bytes = input:str()
    return table.pack(string.unpack(format, bytes, (block(bytes, 1))))
  end)
  return ok and fields or nil
end

-- Who asks: name as it is encoded, and address.
local function caller()
  local id, a, b, c, d, port, nonce = objclass.origin():match("^client%.(%d+) (%d+)%.(%d+)%.(%d+)%.(%d+):(%d+)/(%d+)$")
  if not id then
    error("the caller is no RADOS client with an IPv4 address")
  end
  local socket = string.pack("<I2>I2BBBB<I8", 2, tonumber(port), tonumber(a), tonumber(b), tonumber(c), tonumber(d), 0)
  local address = "\1" .. wrap(string.pack("<I4I4s4", 1, tonumber(nonce), socket))
  return string.pack("<Bi8", 8, tonumber(id)), address
end

local function load_lock(name)
  local ok, stored = pcall(objclass.getxattr, "lock." .. name)
  local lock = { kind = 0, tag = "", lockers = {} }
  if not ok then
    if stored == -objclass.ENODATA or stored == -objclass.ENOENT then
      return lock
    end
    error(stored)
  end
  local bytes = stored:str()
  local at = block(bytes, 1)
  local count
  count, at = string.unpack("<I4", bytes, at)
  for _ = 1, count do
    local id, after = block(bytes, at)
    local who, cookie = string.unpack("<c9s4", bytes, id)
    local info, last = block(bytes, after)
    table.insert(lock.lockers, { who = who, cookie = cookie, info = bytes:sub(after, last - 1) })
    at = last
  end
  lock.kind, lock.tag = string.unpack("<Bs4", bytes, at)
  return lock
end

local function encode(lock)
  table.sort(lock.lockers, function(one, other)
    if one.who ~= other.who then
      return string.unpack("<i8", one.who, 2) < string.unpack("<i8", other.who, 2)
    end
    return one.cookie < other.cookie
  end)
  local parts = { string.pack("<I4", #lock.lockers) }
  for _, locker in ipairs(lock.lockers) do
    table.insert(parts, wrap(locker.who .. string.pack("<s4", locker.cookie)))
    table.insert(parts, locker.info)
  end
  table.insert(parts, string.pack("<Bs4", lock.kind, lock.tag))
  return wrap(table.concat(parts))
end

local function store(name, lock)
  objclass.setxattr("lock." .. name, encode(lock))
end

local function find(lock, who, cookie)
  for index, locker in ipairs(lock.lockers) do
    if locker.who == who and locker.cookie == cookie then
      return index
    end
  end
end

local function is_kind(kind)
  return kind >= EXCLUSIVE and kind <= EPHEMERAL
end

function lock(input)
  local fields = read(input, "<s4Bs4s4s4I4I4B")
  if not fields then
    return -objclass.EINVAL
  end
  local name, kind, cookie, tag, description, seconds, nanoseconds, flags = table.unpack(fields)
  if not is_kind(kind) or name == "" or flags == MAY_RENEW | MUST_RENEW then
    return -objclass.EINVAL
  end
  if seconds ~= 0 or nanoseconds ~= 0 then
    return -objclass.EOPNOTSUPP
  end
  local held = load_lock(name)
  local who, address = caller()
  if #held.lockers > 0 and held.tag ~= tag then
    return -objclass.EBUSY
  end
  local index = find(held, who, cookie)
  if index then
    if flags == 0 then
      return -objclass.EEXIST
    end
    table.remove(held.lockers, index)
  elseif flags & MUST_RENEW ~= 0 then
    return -objclass.ENOENT
  end
  if #held.lockers > 0 and (kind ~= SHARED or held.kind ~= kind) then
    return -objclass.EBUSY
  end
  held.kind, held.tag = kind, tag
  local info = wrap(string.pack("<I4I4", 0, 0) .. address .. string.pack("<s4", description))
  table.insert(held.lockers, { who = who, cookie = cookie, info = info })
  store(name, held)
end

local function release(name, who, cookie)
  local held = load_lock(name)
  local index = find(held, who, cookie)
  if not index then
    return -objclass.ENOENT
  end
  table.remove(held.lockers, index)
  if held.kind == EPHEMERAL then
    objclass.remove()
  else
    store(name, held)
  end
end

function unlock(input)
  local fields = read(input, "<s4s4")
  if not fields then
    return -objclass.EINVAL
  end
  return release(fields[1], (caller()), fields[2])
end

function break_lock(input)
  local fields = read(input, "<s4c9s4")
  if not fields then
    return -objclass.EINVAL
  end
  return release(fields[1], fields[2], fields[3])
end

function get_info(input, output)
  local fields = read(input, "<s4")
  if not fields then
    return -objclass.EINVAL
  end
  output:append(encode(load_lock(fields[1])))
end

function list_locks(_, output)
  local names = {}
  for name in pairs(objclass.getxattrs()) do
    local lock_name = name:match("^lock%.(.*)$")
    if lock_name then
      table.insert(names, lock_name)
    end
  end
  table.sort(names)
  local parts = { string.pack("<I4", #names) }
  for _, name in ipairs(names) do
    table.insert(parts, string.pack("<s4", name))
  end
  output:append(wrap(table.concat(parts)))
end

-- The lock if the caller holds it so, and its place among the lockers.
local function held_by_caller(name, kind, cookie, tag)
  local held = load_lock(name)
  local index = held.kind == kind and held.tag == tag and find(held, (caller()), cookie)
  return held, index or nil
end

function assert_locked(input)
  local fields = read(input, "<s4Bs4s4")
  if not fields or not is_kind(fields[2]) or fields[1] == "" then
    return -objclass.EINVAL
  end
  local _, index = held_by_caller(table.unpack(fields, 1, 4))
  return index and 0 or -objclass.EBUSY
end

function set_cookie(input)
  local fields = read(input, "<s4Bs4s4s4")
  if not fields or not is_kind(fields[2]) or fields[1] == "" then
    return -objclass.EINVAL
  end
  local held, index = held_by_caller(table.unpack(fields, 1, 4))
  if not index or find(held, (caller()), fields[5]) then
    return -objclass.EBUSY
  end
  held.lockers[index].cookie = fields[5]
  store(fields[1], held)
end

objclass.register(lock, "rw")
objclass.register(unlock, "rw")
objclass.register(break_lock, "rw")
objclass.register(get_info, "r")
objclass.register(list_locks, "r")
objclass.register(assert_locked, "r")
objclass.register(set_cookie, "rw")
