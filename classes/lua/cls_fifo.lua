-- fifo: a queue over many objects. One object says which parts there are, the others hold the entries.
--
-- The methods, encodings and error numbers are those of Ceph's class of this name; RGW's data log stands on it.

local T <const> = ceph.types {
  "objv", "{1 1| instance:str ver:u64}",
  "params", "{1 1| max_part_size:u64 max_entry_size:u64 full_size_threshold:u64}",
  "jentry", "{1 1| op:i32 part_num:i64 tag:str}",
  "info", "{1 1| id:str version:objv oid_prefix:str params:params tail_part_num:i64 head_part_num:i64"
    .. " min_push_part_num:i64 max_push_part_num:i64 tags:map(i64, str) head_tag:str"
    .. " journal:[(part_num:i64 entry:jentry)]}",
  "create_op", "{1 1| id:str version:?objv pool:str ns:str oid_prefix:?str max_part_size:u64 max_entry_size:u64"
    .. " exclusive:bool}",
  "get_op", "{1 1| version:?objv}",
  "get_reply", "{1 1| info:info part_header_size:u32 part_entry_overhead:u32}",
  "update_op", "{1 1| version:objv tail:?u64 head:?u64 min_push:?u64 max_push:?u64 journal_add:[jentry]"
    .. " journal_rm:[jentry]}",
  "init_op", "{1 1| tag:str params:params}",
  "push_op", "{1 1| tag:str entries:[str] total_len:u64}",
  "trim_op", "{1 1| tag:?str ofs:u64 exclusive:bool}",
  "list_op", "{1 1| tag:?str ofs:u64 max_entries:i32}",
  "list_reply", "{1 1| tag:str entries:[{1 1| data:str ofs:u64 mtime:time}] more:bool full_part:bool}",
  "part", "{1 1| tag:str params:params magic:u64 min_ofs:u64 last_ofs:u64 next_ofs:u64 min_index:u64 max_index:u64"
    .. " max_time:time}",
  "part_op", "{1 1|}",
  "part_reply", "{1 1| header:part}",
  "entry", "(magic:u64 pre_size:u64 header_size:u64 data_size:u64 index:u64 reserved:u32)",
  "entry_header", "{1 1| mtime:time}",
}

-- Bytes of a part before its entries; before the data of an entry; of those before its header, and of that.
local HEADER <const>, OVERHEAD <const>, PRE <const>, ENTRY_HEADER <const> = 512, 58, 44, 14
local MOST <const> = 512
local CREATE <const>, REMOVE <const> = 1, 3

local less <const> = math.ult

-- Metadata.

local function read_info(version)
  local size = cls.stat()
  if size == 0 then cls.fail(cls.ENODATA) end
  local info = T.info:decode(cls.read(0, size), cls.EIO)
  if version and (version.instance ~= info.version.instance or version.ver ~= info.version.ver) then
    cls.fail(cls.ECANCELED)
  end
  return info
end

local function write_info(info)
  table.sort(info.journal, function(a, b)
    if a.entry.op ~= b.entry.op then return a.entry.op < b.entry.op end
    return a.part_num < b.part_num
  end)
  cls.write_full(T.info:encode(info))
end

-- Random letters of base64.
local function letters(count)
  return (ceph.base64(cls.random(count)):sub(1, count))
end

function create_meta(op)
  if op.id == "" or op.max_part_size == 0 or op.max_entry_size == 0 or less(op.max_part_size, op.max_entry_size) then
    return -cls.EINVAL
  end
  local size = cls.find_stat()
  if size then
    if op.exclusive then return -cls.EEXIST end
    local info = T.info:decode(cls.read(0, size), cls.EIO)
    local same = info.id == op.id and (not op.oid_prefix or info.oid_prefix == op.oid_prefix)
      and (not op.version or info.version.instance == op.version.instance and info.version.ver == op.version.ver)
    return same and 0 or -cls.EEXIST
  end
  write_info {
    id = op.id,
    version = op.version or { instance = letters(16), ver = 1 },
    oid_prefix = op.oid_prefix or op.id .. "." .. letters(11),
    params = {
      max_part_size = op.max_part_size,
      max_entry_size = op.max_entry_size,
      full_size_threshold = op.max_part_size - op.max_entry_size - OVERHEAD,
    },
    tail_part_num = 0, head_part_num = -1, min_push_part_num = 0, max_push_part_num = -1,
    journal = {},
  }
end

function get_meta(op, output)
  output:append(T.get_reply:encode {
    info = read_info(op.version), part_header_size = HEADER, part_entry_overhead = OVERHEAD,
  })
end

local function find(journal, entry)
  for at, one in ipairs(journal) do
    if one.part_num == entry.part_num and one.entry.op == entry.op then return at end
  end
end

function update_meta(op)
  if op.version.instance == "" then return -cls.EINVAL end
  for _, entry in ipairs(op.journal_add) do
    -- Ceph's class stores these, and the OSD that has to store them ends.
    if entry.op < CREATE or entry.op > REMOVE or entry.part_num < 0 then return -cls.EINVAL end
  end
  local info, changed = read_info(op.version), false
  for field, value in pairs {
    tail_part_num = op.tail or info.tail_part_num, head_part_num = op.head or info.head_part_num,
    min_push_part_num = op.min_push or info.min_push_part_num, max_push_part_num = op.max_push or info.max_push_part_num,
  } do
    if info[field] ~= value then info[field], changed = value, true end
  end
  for _, entry in ipairs(op.journal_add) do
    if not find(info.journal, entry) then
      table.insert(info.journal, { part_num = entry.part_num, entry = entry })
      changed = true
    end
  end
  for _, entry in ipairs(op.journal_rm) do
    local at = find(info.journal, entry)
    if at then
      table.remove(info.journal, at)
      changed = true
    end
  end
  if not changed then return 0 end
  info.version.ver = info.version.ver + 1
  write_info(info)
end

-- Parts.

local function read_part()
  cls.stat()
  return T.part:decode(cls.read(0, HEADER), cls.EIO)
end

local function write_part(part)
  local raw = T.part:encode(part)
  cls.write(0, #raw, raw)
end

local function is_full(part)
  return less(part.params.full_size_threshold, part.next_ofs)
end

function init_part(op)
  local size = cls.find_stat()
  if size and size > 0 then
    local same = T.params:encode(read_part().params) == T.params:encode(op.params)
    return same and 0 or -cls.EEXIST
  end
  write_part {
    tag = op.tag, params = op.params, magic = string.unpack("<i8", cls.random(8)),
    min_ofs = HEADER, last_ofs = 0, next_ofs = HEADER, min_index = 0, max_index = 0, max_time = cls.now(),
  }
end

function push_part(op)
  local part = read_part()
  if less(part.params.max_part_size, op.total_len + OVERHEAD * #op.entries) then return -cls.EINVAL end
  if is_full(part) then return -cls.ERANGE end
  local bytes = 0
  for _, data in ipairs(op.entries) do bytes = bytes + #data end
  if bytes ~= op.total_len then return -cls.EINVAL end

  local now, pushed, raw, start = cls.now(), 0, {}, part.next_ofs
  for _, data in ipairs(op.entries) do
    if is_full(part) then break end
    raw[#raw + 1] = T.entry:encode {
      magic = part.magic, pre_size = PRE, header_size = ENTRY_HEADER, data_size = #data, index = part.max_index,
    } .. T.entry_header:encode { mtime = now } .. data
    part.last_ofs = part.next_ofs
    part.next_ofs = part.next_ofs + OVERHEAD + #data
    part.max_index = part.max_index + 1
    pushed = pushed + 1
  end
  if pushed == 0 then return -cls.EFAULT end
  part.max_time = now
  local all = table.concat(raw)
  cls.write(start, #all, all)
  write_part(part)
  return pushed
end

-- The entry at a place, and the place of the next; ERANGE when there is none.
local function read_entry(part, offset)
  local raw = cls.read(offset, OVERHEAD)
  if #raw < OVERHEAD then cls.fail(cls.ERANGE) end
  local entry = T.entry:decode(raw, cls.ERANGE)
  if entry.magic ~= part.magic then cls.fail(cls.ERANGE) end
  entry.mtime = T.entry_header:at(raw, PRE + 1, cls.EIO).mtime
  local first = offset + entry.pre_size + entry.header_size
  return entry, first, first + entry.data_size
end

function trim_part(op)
  local part = read_part()
  if less(op.ofs, part.min_ofs) or op.exclusive and op.ofs == part.min_ofs then return 0 end
  if not less(op.ofs, part.next_ofs) then
    if is_full(part) then return cls.remove() end
    part.min_ofs, part.min_index = part.next_ofs, part.max_index
  else
    local entry, _, after = read_entry(part, op.ofs)
    if op.exclusive then
      part.min_ofs, part.min_index = op.ofs, entry.index
    else
      part.min_ofs, part.min_index = after, entry.index + 1
    end
  end
  write_part(part)
end

function part_list(op)
  local part = read_part()
  local offset = part.min_ofs
  if not less(op.ofs, part.min_ofs) and less(op.ofs, part.next_ofs) then
    local _, _, after = read_entry(part, op.ofs)
    offset = after
  elseif not less(op.ofs, part.next_ofs) then
    offset = part.next_ofs
  end
  local most = op.max_entries > MOST and MOST or op.max_entries
  local reply = { tag = part.tag, entries = {}, full_part = is_full(part) }
  while #reply.entries < most and less(offset, part.next_ofs) do
    local entry, first, after = read_entry(part, offset)
    local data = entry.data_size > 0 and cls.read(first, entry.data_size) or ""
    if #data < entry.data_size then return -cls.EIO end
    reply.entries[#reply.entries + 1] = { data = data, ofs = offset, mtime = entry.mtime }
    offset = after
  end
  reply.more = less(offset, part.next_ofs)
  return reply
end

function get_part_info(_)
  return { header = read_part() }
end

cls.register(create_meta, "rw", "makes an object the metadata of a queue", { input = T.create_op })
cls.register(get_meta, "r", "answers the metadata", { input = T.get_op, output = T.get_reply })
cls.register(update_meta, "rw", "changes the metadata of a version", { input = T.update_op })
cls.register(init_part, "rw", "makes an object a part", { input = T.init_op })
cls.register(push_part, "rw", "adds entries to a part, and answers how many", { input = T.push_op })
cls.register(trim_part, "rw", "removes the first entries of a part", { input = T.trim_op })
cls.register(part_list, "r", "answers entries of a part", { input = T.list_op, output = T.list_reply })
cls.register(get_part_info, "r", "answers what is known of a part", { input = T.part_op, output = T.part_reply })
