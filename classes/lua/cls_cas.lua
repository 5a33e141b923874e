-- cas: chunks of data that know who refers to them, and go with the last reference.
--
-- The methods, encodings and error numbers are those of Ceph's class of this name; the OSD's deduplication calls it. References
-- are counted by object; what a tool has folded into less (by hash, by pool, a mere count) is carried on.

local T <const> = ceph.types {
  "create_op", "{1 1| source:hobject flags:u64 data:str}",
  "source_op", "{1 1| source:hobject}",
  "refs", "{1 1| type:u8}",
  "by_object", "{1 1| refs:[hobject]}",
  "by_count", "{1 1| total:u64}",
  "by_object_refs", "{1 1| type:u8 r:by_object}",
  "by_count_refs", "{1 1| type:u8 r:by_count}",
  "number", "varint",
  "signed", "svarint",
  "chunk", "str",
  "header", "(version:u8 compat:u8 length:u32)",
}

local ATTRIBUTE <const> = "chunk_refs"
local OBJECT <const>, HASH <const>, POOL <const>, COUNT <const> = 1, 2, 4, 5
-- The content must be equal to that of the chunk that is there.
local VERIFY <const> = 1

local less <const> = math.ult

local function reversed(hash)
  local result = 0
  for _ = 1, 32 do
    result, hash = result << 1 | hash & 1, hash >> 1
  end
  return result
end

-- The order of objects in Ceph.
local function before(a, b)
  if a.max ~= b.max then return b.max end
  if a.pool ~= b.pool then return a.pool < b.pool end
  if a.hash ~= b.hash then return reversed(a.hash) < reversed(b.hash) end
  if a.nspace ~= b.nspace then return a.nspace < b.nspace end
  if a.key ~= "" or b.key ~= "" then
    local x, y = a.key ~= "" and a.key or a.oid, b.key ~= "" and b.key or b.oid
    if x ~= y then return x < y end
  end
  if a.oid ~= b.oid then return a.oid < b.oid end
  return less(a.snap, b.snap)
end

local function same(a, b)
  return not before(a, b) and not before(b, a)
end

-- Decodes a folded list: `entry(raw, at)` reads one, and answers it and the place behind it.
local function folded(of, raw, at, entry)
  local header, start = T.header:at(raw, at, cls.EIO)
  if start + header.length - 1 > #raw then cls.fail(cls.EIO) end
  local refs = { total = 0, list = {} }
  refs.total, start = T.number:at(raw, start, cls.EIO)
  if of == HASH then refs.bits, start = T.number:at(raw, start, cls.EIO) end
  local count
  count, start = T.number:at(raw, start, cls.EIO)
  if less(#raw, count) then cls.fail(cls.EIO) end
  for number = 1, count do
    refs.list[number], start = entry(raw, start)
  end
  return refs
end

local function decode(raw)
  local kind = T.refs:decode(raw, cls.EIO).type
  -- Behind the outer header and the type.
  local at = 8
  if kind == OBJECT then
    return { type = OBJECT, list = T.by_object_refs:decode(raw, cls.EIO).r.refs }
  elseif kind == COUNT then
    return { type = COUNT, total = T.by_count_refs:decode(raw, cls.EIO).r.total }
  end
  raw = type(raw) == "string" and raw or raw:str()
  local refs
  if kind == POOL then
    refs = folded(POOL, raw, at, function(bytes, place)
      local one = {}
      one.pool, place = T.signed:at(bytes, place, cls.EIO)
      one.count, place = T.number:at(bytes, place, cls.EIO)
      return one, place
    end)
  elseif kind == HASH then
    local _, start = T.header:at(raw, at, cls.EIO)
    local _, second = T.number:at(raw, start, cls.EIO)
    local width = (T.number:at(raw, second, cls.EIO) + 7) // 8
    if width < 0 or width > 8 then cls.fail(cls.EIO) end
    refs = folded(HASH, raw, at, function(bytes, place)
      local one = { hash = 0 }
      one.pool, place = T.signed:at(bytes, place, cls.EIO)
      if width > 0 then
        if place + width - 1 > #bytes then cls.fail(cls.EIO) end
        one.hash = string.unpack("<I" .. width, bytes, place)
        place = place + width
      end
      one.count, place = T.number:at(bytes, place, cls.EIO)
      return one, place
    end)
  else
    cls.fail(cls.EIO)
  end
  refs.type = kind
  return refs
end

local function encode_folded(refs)
  local parts = { T.number:encode(refs.total) }
  if refs.type == HASH then parts[#parts + 1] = T.number:encode(refs.bits) end
  parts[#parts + 1] = T.number:encode(#refs.list)
  for _, one in ipairs(refs.list) do
    parts[#parts + 1] = T.signed:encode(one.pool)
    local width = refs.type == HASH and (refs.bits + 7) // 8 or 0
    if width > 0 then parts[#parts + 1] = string.pack("<I" .. width, one.hash) end
    parts[#parts + 1] = T.number:encode(one.count)
  end
  local body = table.concat(parts)
  body = string.char(refs.type) .. T.header:encode { version = 1, compat = 1, length = #body } .. body
  return T.header:encode { version = 1, compat = 1, length = #body } .. body
end

local function store(refs)
  local raw
  if refs.type == OBJECT then
    raw = T.by_object_refs:encode { type = OBJECT, r = { refs = refs.list } }
  elseif refs.type == COUNT then
    raw = T.by_count_refs:encode { type = COUNT, r = { total = refs.total } }
  else
    raw = encode_folded(refs)
  end
  cls.setxattr(ATTRIBUTE, raw)
end

-- Which entry of a folded list counts a source.
local function find_folded(refs, source)
  local hash = refs.type == HASH and source.hash & (1 << refs.bits) - 1
  for at, one in ipairs(refs.list) do
    if one.pool == source.pool and (not hash or one.hash == hash) then return at, hash end
  end
  return nil, hash
end

local function add(refs, source)
  if refs.type == OBJECT then
    local at = 1
    while refs.list[at] and not before(source, refs.list[at]) do at = at + 1 end
    table.insert(refs.list, at, source)
    return
  end
  refs.total = refs.total + 1
  if refs.type == COUNT then return end
  local at, hash = find_folded(refs, source)
  if at then
    refs.list[at].count = refs.list[at].count + 1
    return
  end
  local new = { pool = source.pool, hash = hash or 0, count = 1 }
  local place = 1
  while refs.list[place] and (refs.list[place].pool < new.pool
    or refs.list[place].pool == new.pool and hash and less(refs.list[place].hash, new.hash)) do
    place = place + 1
  end
  table.insert(refs.list, place, new)
end

-- Answers whether the source was there.
local function drop(refs, source)
  if refs.type == OBJECT then
    for at, one in ipairs(refs.list) do
      if same(one, source) then return table.remove(refs.list, at) ~= nil end
    end
    return false
  end
  if refs.type == COUNT then
    if refs.total == 0 then return false end
  else
    local at = find_folded(refs, source)
    if not at then return false end
    refs.list[at].count = refs.list[at].count - 1
    if refs.list[at].count == 0 then table.remove(refs.list, at) end
  end
  refs.total = refs.total - 1
  return true
end

local function is_empty(refs)
  if refs.type == OBJECT then return #refs.list == 0 end
  return refs.total == 0
end

local function read_refs()
  local raw = cls.find_xattr(ATTRIBUTE)
  local refs = raw and decode(raw)
  if not refs or is_empty(refs) then return { type = OBJECT, list = {} } end
  return refs
end

function chunk_create_or_get_ref(op)
  local size = cls.find_stat()
  local refs
  if not size then
    cls.write_full(op.data)
    refs = { type = OBJECT, list = {} }
  else
    if op.flags & VERIFY ~= 0 and (size ~= #op.data or cls.read(0, size):str() ~= op.data) then
      return -cls.ENOMSG
    end
    refs = read_refs()
  end
  add(refs, op.source)
  store(refs)
end

function chunk_get_ref(op)
  cls.stat()
  local refs = read_refs()
  add(refs, op.source)
  store(refs)
end

function chunk_put_ref(op)
  cls.stat()
  local refs = read_refs()
  if not drop(refs, op.source) then return -cls.ENOLINK end
  if is_empty(refs) then return cls.remove() end
  store(refs)
end

-- Outside a pool with deduplication no object is a manifest that points to chunks.
function references_chunk(_)
  cls.stat()
  return -cls.ENOLINK
end

cls.register(chunk_create_or_get_ref, "rw", "makes a chunk with one reference, or adds a reference", { input = T.create_op })
cls.register(chunk_get_ref, "rw", "adds a reference", { input = T.source_op })
cls.register(chunk_put_ref, "rw", "drops a reference; the last one removes the chunk", { input = T.source_op })
cls.register(references_chunk, "r", "ENOLINK unless the object refers to the chunk", { input = T.chunk })
