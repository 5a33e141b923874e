-- version: a number that grows with each change, and a tag that says of which life of the object it is.
--
-- It answers and stores as Ceph's class of the same name, byte for byte. Put `inc_conds` before the writes of a compound
-- operation: they apply only while the version is what the client believes.

local T <const> = ceph.types {
  "obj",       "{1 1| ver:u64 tag:str}",
  "condition", "{1 1| ver:obj cond:u32}",
  "one",       "{1 1| objv:obj}",
  "inc_op",    "{1 1| objv:obj conds:[condition]}",
}

local ATTRIBUTE <const> = "ceph.objclass.version"
-- Bytes of chance in a tag: 24 characters.
local TAG_BYTES <const> = 18

-- What must hold, by the number of the condition. Numbers that are not here hold always.
local HOLDS <const> = {
  function(stored, given) return stored.ver == given.ver and stored.tag == given.tag end,
  function(stored, given) return math.ult(given.ver, stored.ver) end,
  function(stored, given) return not math.ult(stored.ver, given.ver) end,
  function(stored, given) return math.ult(stored.ver, given.ver) end,
  function(stored, given) return not math.ult(given.ver, stored.ver) end,
  function(stored, given) return stored.tag == given.tag end,
  function(stored, given) return stored.tag ~= given.tag end,
}

-- The version, nil when none is stored yet.
local function stored_version()
  local raw = cls.find_xattr(ATTRIBUTE)
  return raw and T.obj:decode(raw, cls.EIO)
end

local function hold(version, conds)
  for _, one in ipairs(conds) do
    local holds = HOLDS[one.cond]
    if holds and not holds(version, one.ver) then
      return false
    end
  end
  return true
end

-- Stores the version given.
function set(input)
  cls.setxattr(ATTRIBUTE, T.obj:encode(T.one:decode(input).objv))
end

-- Adds one, if the conditions hold.
function inc(input)
  local op = T.inc_op:decode(input)
  local version = stored_version() or { ver = 1, tag = ceph.base64(cls.random(TAG_BYTES)) }
  if not hold(version, op.conds) then
    return -cls.ECANCELED
  end
  version.ver = version.ver + 1
  cls.setxattr(ATTRIBUTE, T.obj:encode(version))
end

-- The same: older clients send conditions to this name only.
function inc_conds(input)
  return inc(input)
end

-- Answers the version; 0 without a tag when there is none.
function read()
  return { objv = stored_version() }
end

-- Tells whether the conditions hold.
function check_conds(op)
  if not hold(stored_version() or { ver = 0, tag = "" }, op.conds) then
    return -cls.ECANCELED
  end
end

cls.register(set, "rw", "stores a version")
cls.register(inc, "rw", "adds one to the version, if the conditions hold")
cls.register(inc_conds, "rw", "the same")
cls.register(read, "r", "answers the version", { output = T.one })
cls.register(check_conds, "r", "ECANCELED unless the conditions hold", { input = T.inc_op })
