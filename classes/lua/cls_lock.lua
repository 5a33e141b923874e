-- lock: advisory locks with names on an object, exclusive or shared, with or without an end.
--
-- The methods, encodings and error numbers are those of Ceph's class of this name: `rados lock`, librbd's exclusive lock, RGW and the
-- striper call it.

local T <const> = ceph.types {
  "locker", "(id:{1 1| name:name cookie:str} info:{1 1| expiration:time addr:addr description:str})",
  "lock", "{1 1| lockers:[locker] type:u8 tag:str}",
  "lock_op", "{1 1| name:str type:u8 cookie:str tag:str description:str duration:time flags:u8}",
  "unlock_op", "{1 1| name:str cookie:str}",
  "break_op", "{1 1| name:str locker:name cookie:str}",
  "name_op", "{1 1| name:str}",
  "assert_op", "{1 1| name:str type:u8 cookie:str tag:str}",
  "cookie_op", "{1 1| name:str type:u8 cookie:str tag:str new_cookie:str}",
  "names", "{1 1| locks:[str]}",
}

local PREFIX <const> = "lock."
-- An ephemeral lock is exclusive, and its object goes with it.
local NONE <const>, EXCLUSIVE <const>, SHARED <const>, EPHEMERAL <const> = 0, 1, 2, 3
local MAY_RENEW <const>, MUST_RENEW <const> = 1, 2
-- The address of a locker has this type in Ceph, whatever messenger it came by.
local LEGACY <const> = 1

-- The order of lockers in the stored map.
local function before(a, b)
  a, b = a.id, b.id
  if a.name.type ~= b.name.type then return a.name.type < b.name.type end
  if a.name.num ~= b.name.num then return a.name.num < b.name.num end
  return a.cookie < b.cookie
end

local function find(lockers, name, cookie)
  for at, one in ipairs(lockers) do
    if one.id.cookie == cookie and one.id.name.num == name.num and one.id.name.type == name.type then
      return at
    end
  end
end

-- The lock without the lockers whose time is over. An ephemeral one without lockers takes its object along. `answers` is
-- whether the method only reads: Ceph's class fails there with EIO, because it would have to write.
local function read_lock(name, answers)
  local raw = cls.find_xattr(PREFIX .. name)
  if not raw then return { lockers = {}, type = NONE, tag = "" } end
  local lock, now, live = T.lock:decode(raw, cls.EIO), cls.now(), {}
  for _, one in ipairs(lock.lockers) do
    if one.info.expiration == 0 or one.info.expiration >= now then live[#live + 1] = one end
  end
  lock.lockers = live
  if #live == 0 and lock.type == EPHEMERAL then
    if answers then cls.fail(cls.EIO) end
    cls.remove()
  end
  return lock
end

local function store(name, lock)
  cls.setxattr(PREFIX .. name, T.lock:encode(lock))
end

function lock(op)
  local may, must = op.flags & MAY_RENEW ~= 0, op.flags & MUST_RENEW ~= 0
  if op.type < EXCLUSIVE or op.type > EPHEMERAL or op.name == "" or may and must then return -cls.EINVAL end

  local held, origin = read_lock(op.name), cls.origin_inst()
  if #held.lockers > 0 and op.tag ~= held.tag then return -cls.EBUSY end
  local mine = find(held.lockers, origin.name, op.cookie)
  if mine then
    if not may and not must then return -cls.EEXIST end
    table.remove(held.lockers, mine)
  elseif must then
    return -cls.ENOENT
  end
  if #held.lockers > 0 and (op.type ~= SHARED or held.type ~= SHARED) then return -cls.EBUSY end

  origin.addr.type = LEGACY
  held.lockers[#held.lockers + 1] = {
    id = { name = origin.name, cookie = op.cookie },
    info = {
      expiration = op.duration == 0 and 0 or cls.now() + op.duration,
      addr = origin.addr,
      description = op.description,
    },
  }
  table.sort(held.lockers, before)
  store(op.name, { lockers = held.lockers, type = op.type, tag = op.tag })
end

-- Takes a locker away.
local function release(name, locker, cookie)
  local held = read_lock(name)
  local at = find(held.lockers, locker, cookie)
  if not at then return -cls.ENOENT end
  if held.type == EPHEMERAL then return cls.remove() end
  table.remove(held.lockers, at)
  store(name, held)
end

function unlock(op)
  return release(op.name, cls.origin_inst().name, op.cookie)
end

function break_lock(op)
  return release(op.name, op.locker, op.cookie)
end

function get_info(op)
  cls.stat()
  return read_lock(op.name, true)
end

function list_locks()
  local names = {}
  for name in pairs(cls.getxattrs()) do
    if name:sub(1, #PREFIX) == PREFIX then names[#names + 1] = name:sub(#PREFIX + 1) end
  end
  table.sort(names)
  return { locks = names }
end

-- The lock of which the caller is a holder, and where among its lockers; EBUSY when it is none.
local function held_by_caller(op, answers)
  if op.type < EXCLUSIVE or op.type > EPHEMERAL or op.name == "" then cls.fail(cls.EINVAL) end
  local held = read_lock(op.name, answers)
  if #held.lockers == 0 or held.type ~= op.type or held.tag ~= op.tag then cls.fail(cls.EBUSY) end
  local name = cls.origin_inst().name
  local at = find(held.lockers, name, op.cookie) or cls.fail(cls.EBUSY)
  return held, at, name
end

function assert_locked(op)
  cls.stat()
  held_by_caller(op, true)
end

function set_cookie(op)
  cls.stat() -- ENOENT for a missing object
  local held, at, name = held_by_caller(op)
  if find(held.lockers, name, op.new_cookie) then return -cls.EBUSY end
  held.lockers[at].id.cookie = op.new_cookie
  table.sort(held.lockers, before)
  store(op.name, held)
end

cls.register(lock, "rw", "takes or renews a lock", { input = T.lock_op })
cls.register(unlock, "rw", "gives a lock back", { input = T.unlock_op })
cls.register(break_lock, "rw", "takes a lock away from another locker", { input = T.break_op })
cls.register(get_info, "r", "answers type, tag and lockers of a lock", { input = T.name_op, output = T.lock })
cls.register(list_locks, "r", "answers the names of the locks", { output = T.names })
cls.register(assert_locked, "r", "EBUSY unless the caller holds the lock", { input = T.assert_op })
cls.register(set_cookie, "rw", "changes the cookie of the caller's lock", { input = T.cookie_op })
