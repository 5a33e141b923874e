-- refcount: who still needs an object. The last one to let go removes it.
--
-- It answers and stores as Ceph's class of the same name, byte for byte. Ceph's object gateway shares the data of copied
-- objects with it.

local T <const> = ceph.types {
  "refcount", "{2 1| refs:map(str, bool) retired:[str]@2}",
  "tag_op",   "{1 1| tag:str implicit:bool}",
  "list",     "{1 1| refs:[str]}",
  "read_op",  "{1 1| implicit:bool}",
}

local ATTRIBUTE <const> = "refcount"
-- Tag of the reference that an object without the attribute may have: it stands for any tag.
local WILDCARD <const> = ""

local function load_count(implicit)
  local raw = cls.find_xattr(ATTRIBUTE)
  if raw then
    return T.refcount:decode(raw, cls.EIO)
  end
  return { refs = implicit and { [WILDCARD] = true } or {}, retired = {} }
end

local function store(count)
  cls.setxattr(ATTRIBUTE, T.refcount:encode(count))
end

-- Adds a reference.
function get(op)
  cls.stat()
  local count = load_count(op.implicit)
  count.refs[op.tag] = true
  store(count)
end

-- Drops a reference; the last one takes the object with it. A tag that was dropped once is never dropped again, so a
-- client may repeat a call whose answer it lost.
function put(op)
  cls.stat()
  local count = load_count(op.implicit)
  if not next(count.refs) then
    return -cls.EINVAL
  end
  local found = count.refs[op.tag] and op.tag or op.implicit and count.refs[WILDCARD] and WILDCARD
  for _, tag in ipairs(count.retired) do
    if tag == op.tag then
      found = nil
    end
  end
  if not found then
    return
  end
  count.refs[found] = nil
  if not next(count.refs) then
    return cls.remove()
  end
  count.retired[#count.retired + 1] = op.tag
  table.sort(count.retired)
  store(count)
end

-- Replaces all references; none at all removes the object.
function set(list)
  if #list.refs == 0 then
    return cls.remove()
  end
  local count = { refs = {}, retired = {} }
  for _, tag in ipairs(list.refs) do
    count.refs[tag] = true
  end
  store(count)
end

-- Lists the references in order.
function read(op)
  local count = load_count(op.implicit)
  local refs = {}
  for tag in pairs(count.refs) do
    refs[#refs + 1] = tag
  end
  table.sort(refs)
  return { refs = refs }
end

cls.register(get, "rw", "adds a reference", { input = T.tag_op })
cls.register(put, "rw", "drops a reference; the last one removes the object", { input = T.tag_op })
cls.register(set, "rw", "replaces all references; none removes the object", { input = T.list })
cls.register(read, "r", "lists the references", { input = T.read_op, output = T.list })
