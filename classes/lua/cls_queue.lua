-- queue: a ring of entries in the data of one object.
--
-- The methods, encodings and error numbers are those of Ceph's class of this name. The object begins with a head: where the ring
-- begins and ends, where its first entry is and where the next one goes, and data of whoever uses the queue.

local T <const> = ceph.types {
  "marker", "{1 1| gen:u64 offset:u64}",
  "head", "{1 1| max_head_size:u64 front:marker tail:marker queue_size:u64 max_urgent_data_size:u64 urgent:str}",
  "prefix", "(magic:u16 length:u64)",
  "init_op", "{1 1| queue_size:u64 max_urgent_data_size:u64 urgent:str}",
  "enqueue_op", "{1 1| entries:[str]}",
  "list_op", "{1 1| max:u64 start_marker:str}",
  "list_reply", "{1 1| truncated:bool next_marker:str entries:[{1 1| data:str marker:str}]}",
  "remove_op", "{1 1| end_marker:str}",
  "capacity_reply", "{1 1| capacity:u64}",
}

local HEAD_MAGIC <const>, ENTRY_MAGIC <const> = 0xDEAD, 0xBEEF
-- Bytes before the head and before each entry: magic and length.
local PREFIX <const> = 10
-- Room for the head beside the data of the user, and what is read of it at first.
local HEAD_ROOM <const>, FIRST_READ <const> = 1024, 4096

local less <const> = math.ult

local function read_head(answers)
  if answers then cls.stat() end
  local size = cls.find_stat()
  if not size or size < PREFIX then cls.fail(cls.EINVAL) end
  local raw = cls.read(0, FIRST_READ)
  local prefix = T.prefix:decode(raw)
  if prefix.magic ~= HEAD_MAGIC then cls.fail(cls.EINVAL) end
  if less(size, PREFIX + prefix.length) then cls.fail(cls.EINVAL) end
  if less(#raw - PREFIX, prefix.length) then
    raw = raw .. cls.read(#raw, PREFIX + prefix.length - #raw)
  end
  return (T.head:at(raw, PREFIX + 1))
end

local function write_head(head)
  local body = T.head:encode(head)
  local raw = T.prefix:encode { magic = HEAD_MAGIC, length = #body } .. body
  if less(head.max_head_size, #raw) then cls.fail(cls.EINVAL) end
  cls.write(0, #raw, raw)
end

-- Lua prints integers with a sign; markers have none.
local function text(marker)
  local function digits(number)
    if number >= 0 then return string.format("%d", number) end
    local tens = (number >> 1) // 5
    return string.format("%d%d", tens, number - tens * 10)
  end
  return digits(marker.gen) .. "/" .. digits(marker.offset)
end

local function parse(marker)
  local gen, offset = marker:match("^(%d+)/(%d+)$")
  gen, offset = math.tointeger(gen), math.tointeger(offset)
  return gen and offset and { gen = gen, offset = offset }
end

local function is_empty(head)
  return head.front.offset == head.tail.offset and head.front.gen == head.tail.gen
end

local function is_full(head)
  return head.front.offset == head.tail.offset and head.tail.gen == head.front.gen + 1
end

-- A place at the end of the ring is its beginning, one generation on.
local function wrap(head, marker)
  if marker.offset == head.queue_size then
    marker.offset, marker.gen = head.max_head_size, marker.gen + 1
  end
  return marker
end

function queue_init(op)
  if pcall(read_head) then return -cls.EEXIST end
  local start = HEAD_ROOM + op.max_urgent_data_size
  write_head {
    max_head_size = start,
    front = { gen = 0, offset = start },
    tail = { gen = 0, offset = start },
    queue_size = op.queue_size + start,
    max_urgent_data_size = op.max_urgent_data_size,
    urgent = op.urgent,
  }
end

function queue_get_capacity()
  local head = read_head(true)
  return { capacity = head.queue_size - head.max_head_size }
end

-- Ceph's class looks only once per call whether the ring is full, and overwrites the oldest entries when the first ones fill it.
local function enqueue(head, data)
  if is_full(head) then cls.fail(cls.ENOSPC) end
  local tail, front = head.tail, head.front
  local entry = T.prefix:encode { magic = ENTRY_MAGIC, length = #data } .. data
  if less(tail.offset, front.offset) then
    if less(front.offset - tail.offset, #entry) then cls.fail(cls.ENOSPC) end
    cls.write(tail.offset, #entry, entry)
    tail.offset = tail.offset + #entry
  else
    local at_end = head.queue_size - tail.offset
    if not less(at_end, #entry) then
      cls.write(tail.offset, #entry, entry)
      tail.offset = tail.offset + #entry
    else
      if less(at_end + front.offset - head.max_head_size, #entry) then cls.fail(cls.ENOSPC) end
      if at_end > 0 then cls.write(tail.offset, at_end, entry:sub(1, at_end)) end
      local rest = entry:sub(at_end + 1)
      cls.write(head.max_head_size, #rest, rest)
      tail.offset, tail.gen = head.max_head_size + #rest, tail.gen + 1
    end
  end
  wrap(head, tail)
end

function queue_enqueue(op)
  local head = read_head()
  if is_full(head) then return -cls.ENOSPC end
  for _, data in ipairs(op.entries) do enqueue(head, data) end
  write_head(head)
end

-- Reads `length` bytes of the ring from a place on, and moves the place behind them.
local function read_ring(head, place, length)
  local at_end = head.queue_size - place.offset
  local first = less(length, at_end) and length or at_end
  local data = first > 0 and cls.read(place.offset, first):str() or ""
  if #data < first then cls.fail(cls.EINVAL) end
  place.offset = place.offset + first
  if first < length then
    wrap(head, place)
    local rest = cls.read(place.offset, length - first):str()
    if #rest < length - first then cls.fail(cls.EINVAL) end
    place.offset = place.offset + #rest
    data = data .. rest
  end
  return data
end

-- Bytes from a place to the tail.
local function bytes_left(head, place)
  if place.gen == head.tail.gen then return head.tail.offset - place.offset end
  return head.queue_size - place.offset + head.tail.offset - head.max_head_size
end

function queue_list_entries(op)
  local head = read_head(true)
  local reply = { truncated = false, next_marker = text(head.front), entries = {} }
  if not is_empty(head) then
    local place = parse(op.start_marker)
    if not place or place.offset == 0 then place = { gen = head.front.gen, offset = head.front.offset } end
    while true do
      wrap(head, place)
      local left = bytes_left(head, place)
      if left <= 0 then
        place = head.tail
        break
      end
      if op.max ~= 0 and not less(#reply.entries, op.max) then
        reply.truncated = true
        break
      end
      local start = text(place)
      local prefix = T.prefix:decode(read_ring(head, place, PREFIX))
      if prefix.magic ~= ENTRY_MAGIC or less(left - PREFIX, prefix.length) then return -cls.EINVAL end
      reply.entries[#reply.entries + 1] = { data = read_ring(head, place, prefix.length), marker = start }
    end
    reply.next_marker = text(place)
  end
  return reply
end

local function zero(from, to)
  if less(from, to) then cls.zero(from, to - from) end
end

function queue_remove_entries(op)
  local head = read_head()
  if is_empty(head) then return 0 end
  local marker, front = parse(op.end_marker) or { gen = 0, offset = 0 }, head.front
  if marker.gen == front.gen and not less(marker.offset, front.offset) then
    if marker.offset == front.offset then return 0 end
    zero(front.offset, marker.offset)
  elseif marker.gen == front.gen + 1 and not less(front.offset, marker.offset) then
    zero(front.offset, head.queue_size)
    zero(head.max_head_size, marker.offset)
  else
    return -cls.EINVAL
  end
  head.front = wrap(head, marker)
  write_head(head)
end

cls.register(queue_init, "rw", "makes an object a queue", { input = T.init_op })
cls.register(queue_get_capacity, "r", "answers the bytes of the ring", { output = T.capacity_reply })
cls.register(queue_enqueue, "rw", "adds entries; ENOSPC when they do not fit", { input = T.enqueue_op })
cls.register(queue_list_entries, "r", "answers entries from a marker on", { input = T.list_op, output = T.list_reply })
cls.register(queue_remove_entries, "rw", "removes the entries before a marker", { input = T.remove_op })
