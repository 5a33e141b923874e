-- 2pc_queue: a queue whose entries are announced before they are added, so that adding them cannot fail for want of room.
--
-- The methods, encodings and error numbers are those of Ceph's class of this name. The ring is that of class `queue`, whose methods do
-- the work on it; the reservations are the data of the user in its head, or in an xattr once there are too many.

local T <const> = ceph.types {
  "marker", "{1 1| gen:u64 offset:u64}",
  "head", "{1 1| max_head_size:u64 front:marker tail:marker queue_size:u64 max_urgent_data_size:u64 urgent:str}",
  "prefix", "(magic:u16 length:u64)",
  "reservation", "{2 1| size:u64 timestamp:time entries:u32@2}",
  "reservations", "map(u32, reservation)",
  "urgent", "{2 1| reserved_size:u64 last_id:u32 reservations:reservations has_xattrs:bool committed_entries:u32@2}",
  "init_op", "{1 1| queue_size:u64 max_urgent_data_size:u64 urgent:str}",
  "enqueue_op", "{1 1| entries:[str]}",
  "reserve_op", "{1 1| size:u64 entries:u32}",
  "reserve_reply", "{1 1| id:u32}",
  "commit_op", "{1 1| id:u32 entries:[str]}",
  "abort_op", "{1 1| id:u32}",
  "list_reply", "{1 1| reservations:reservations}",
  "expire_op", "{1 1| stale_time:time}",
}

local HEAD_MAGIC <const>, PREFIX <const> = 0xDEAD, 10
-- Bytes an entry takes beside its data.
local OVERHEAD <const> = 10
-- The head is 24 KiB, of which 1 KiB is the queue's own.
local URGENT_SIZE <const> = 23552
local ATTRIBUTE <const> = "cls_queue_urgent_data"

local less <const> = math.ult

-- Calls class `queue`; its failure is ours.
local function queue(method, input, output)
  local ret, answer = cls.call("queue", method, input)
  if ret < 0 then cls.fail(ret) end
  if output then output:append(answer) end
end

local function read_head()
  local size = cls.find_stat()
  if not size or size < PREFIX then cls.fail(cls.EINVAL) end
  local prefix = T.prefix:decode(cls.read(0, PREFIX))
  if prefix.magic ~= HEAD_MAGIC or less(size - PREFIX, prefix.length) then cls.fail(cls.EINVAL) end
  local head = T.head:decode(cls.read(PREFIX, prefix.length))
  return head, T.urgent:decode(head.urgent)
end

local function write_head(head, urgent)
  head.urgent = T.urgent:encode(urgent)
  local body = T.head:encode(head)
  local raw = T.prefix:encode { magic = HEAD_MAGIC, length = #body } .. body
  if less(head.max_head_size, #raw) then cls.fail(cls.EINVAL) end
  cls.write(0, #raw, raw)
end

local function read_spilled(urgent)
  local raw = urgent.has_xattrs and cls.find_xattr(ATTRIBUTE)
  return raw and T.reservations:decode(raw) or {}
end

local function write_spilled(reservations)
  cls.setxattr(ATTRIBUTE, T.reservations:encode(reservations))
end

local function find(reservations, id)
  for at, one in ipairs(reservations) do
    if one.key == id then return at, one.value end
  end
end

-- What a reservation holds of the ring. Older servers did not note how many entries it was for.
local function held(reservation)
  return reservation.size + reservation.entries * OVERHEAD
end

-- The reservation, and a function that takes it away; nil when there is none.
local function reservation(urgent, id)
  local at, found = find(urgent.reservations, id)
  if at then
    return found, function() table.remove(urgent.reservations, at) end
  end
  local spilled = read_spilled(urgent)
  at, found = find(spilled, id)
  if at then
    return found, function()
      table.remove(spilled, at)
      write_spilled(spilled)
    end
  end
end

local methods = {}

function methods.init(input)
  local op = T.init_op:decode(input)
  op.max_urgent_data_size = URGENT_SIZE
  op.urgent = T.urgent:encode {}
  queue("queue_init", T.init_op:encode(op))
end

function methods.get_capacity(input, output)
  cls.stat()
  queue("queue_get_capacity", input, output)
end

function methods.reserve(input, output)
  local op = T.reserve_op:decode(input)
  if op.size == 0 or op.entries == 0 then return -cls.EINVAL end
  local head, urgent = read_head()
  local tail, front = head.tail.offset, head.front.offset
  local free = front - tail
  if not less(tail, front) then free = head.queue_size - tail + front - head.max_head_size end
  local need = op.size + op.entries * OVERHEAD
  if less(free, need + urgent.reserved_size) then return -cls.ENOSPC end

  local id = urgent.last_id + 1 & 0xffffffff
  if reservation(urgent, id) then return -cls.EAGAIN end
  urgent.last_id = id
  urgent.reserved_size = urgent.reserved_size + need
  local new = { key = id, value = { size = op.size, timestamp = cls.now(), entries = op.entries } }
  table.insert(urgent.reservations, new)
  if #T.urgent:encode(urgent) > head.max_urgent_data_size then
    table.remove(urgent.reservations)
    local spilled = read_spilled(urgent)
    spilled[#spilled + 1] = new
    write_spilled(spilled)
    urgent.has_xattrs = true
  end
  write_head(head, urgent)
  output:append(T.reserve_reply:encode { id = id })
end

function methods.commit(input)
  local op = T.commit_op:decode(input)
  local _, urgent = read_head()
  local found = reservation(urgent, op.id)
  if not found then return -cls.ENOENT end
  local bytes = 0
  for _, data in ipairs(op.entries) do bytes = bytes + #data end
  if less(found.size, bytes) then return -cls.EINVAL end
  queue("queue_enqueue", T.enqueue_op:encode { entries = op.entries })

  local head
  head, urgent = read_head()
  local remove
  found, remove = reservation(urgent, op.id)
  urgent.reserved_size = urgent.reserved_size - held(found)
  urgent.committed_entries = urgent.committed_entries + #op.entries & 0xffffffff
  remove()
  write_head(head, urgent)
end

function methods.abort(input)
  local op = T.abort_op:decode(input)
  local head, urgent = read_head()
  local found, remove = reservation(urgent, op.id)
  if not found then return 0 end
  urgent.reserved_size = urgent.reserved_size - held(found)
  remove()
  write_head(head, urgent)
end

function methods.list_reservations(_, output)
  cls.stat()
  local _, urgent = read_head()
  local all = urgent.reservations
  for _, one in ipairs(read_spilled(urgent)) do all[#all + 1] = one end
  table.sort(all, function(a, b) return a.key < b.key end)
  output:append(T.list_reply:encode { reservations = all })
end

function methods.list_entries(input, output)
  cls.stat()
  queue("queue_list_entries", input, output)
end

function methods.remove_entries(input)
  queue("queue_remove_entries", input)
end

function methods.expire_reservations(input)
  local op = T.expire_op:decode(input)
  local head, urgent = read_head()
  local changed = false
  -- Those that are not stale.
  local function fresh(reservations)
    local left = {}
    for _, one in ipairs(reservations) do
      if one.value.timestamp < op.stale_time then
        urgent.reserved_size = urgent.reserved_size - held(one.value)
        changed = true
      else
        left[#left + 1] = one
      end
    end
    return left
  end
  urgent.reservations = fresh(urgent.reservations)
  if urgent.has_xattrs then
    local spilled = read_spilled(urgent)
    local left = fresh(spilled)
    if #left < #spilled then write_spilled(left) end
  end
  if changed then write_head(head, urgent) end
end

-- The names begin with a digit, so the globals are set by name.
local function register(name, flags, doc)
  local method = "2pc_queue_" .. name
  _G[method] = methods[name]
  cls.register(methods[name], flags, doc)
end

register("init", "rw", "makes an object a queue with reservations")
register("get_capacity", "r", "answers the bytes of the ring")
register("reserve", "rw", "keeps room for entries; ENOSPC when there is none")
register("commit", "rw", "adds the entries of a reservation")
register("abort", "rw", "gives a reservation up")
register("list_reservations", "r", "answers the reservations")
register("list_entries", "r", "answers entries from a marker on")
register("remove_entries", "rw", "removes the entries before a marker")
register("expire_reservations", "rw", "gives up the reservations older than a time")
