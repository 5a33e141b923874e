-- log: a log in the omap of an object, sorted by time.
--
-- It answers and stores as Ceph's class of the same name, byte for byte, but for the end of a key: that is a number which
-- no other entry has. Ceph's object gateway keeps its logs of changes with it.

local T <const> = ceph.types {
  "entry",   "{2 1| section:str name:str timestamp:time data:str id:str@2}",
  "header",  "{1 1| max_marker:str max_time:time}",
  "add_op",  "{2 1| entries:[entry] monotonic:bool@2}",
  "list_op", "{1 1| from_time:time marker:str to_time:time max_entries:i32}",
  "listed",  "{1 1| entries:[entry] marker:str truncated:bool}",
  "trim_op", "{2 1| from_time:time to_time:time from_marker:str@2 to_marker:str@2}",
  "empty",   "{1 1|}",
  "info",    "{1 1| header:header}",
}

local SECOND <const>, MICROSECOND <const> = 1000000000, 1000
-- Begins the key of every entry, unless the client chose the key.
local BEGIN <const> = "1_"
-- Most entries of an answer.
local MAX <const> = 1000

local function prefix_of(time)
  return string.format("%s%010d.%06d_", BEGIN, time // SECOND, time % SECOND // MICROSECOND)
end

-- What cannot be decoded counts as empty.
local function load_header()
  local ok, header = pcall(T.header.decode, T.header, cls.map_read_header())
  return ok and header or { max_marker = "", max_time = 0 }
end

-- The end of the keys of this call: the position of the operation, and from the second entry on a count.
local function unique(count)
  local position = cls.current_subop_version()
  return count == 1 and position or string.format("%s.%06d", position, count - 1)
end

-- Adds entries. With `monotonic` none is put before the latest one: it goes under that one's time.
function add(input)
  local op = T.add_op:decode(input)
  -- Version 1 has no such field and means true.
  local monotonic = op.monotonic or T.add_op:version(input) < 2
  local header = load_header()
  for count, entry in ipairs(op.entries) do
    local time = entry.timestamp
    if monotonic and time < header.max_time then
      time = header.max_time
    elseif time > header.max_time then
      header.max_time = time
    end
    if entry.id == "" then
      entry.id = prefix_of(time) .. unique(count)
    end
    if entry.id > header.max_marker then
      header.max_marker = entry.id
    end
    cls.map_set_val(entry.id, T.entry:encode(entry))
  end
  cls.map_write_header(T.header:encode(header))
end

-- Lists entries after a marker or from a time. The marker of the answer is the last key looked at, also when that key
-- ended the list because it is after `to_time`: clients live with it.
function list(op)
  local max = op.max_entries
  if max <= 0 or max > MAX then
    max = MAX
  end
  local last = op.from_time ~= 0 and op.to_time >= op.from_time and prefix_of(op.to_time)
  local from = op.marker ~= "" and op.marker or prefix_of(op.from_time)
  local values, truncated = cls.map_get_vals(from, BEGIN, max)
  local keys = {}
  for key in pairs(values) do
    keys[#keys + 1] = key
  end
  table.sort(keys)

  local entries, marker = {}, ""
  for _, key in ipairs(keys) do
    marker = key
    if last and key:sub(1, #last) >= last then
      truncated = false
      break
    end
    local ok, entry = pcall(T.entry.decode, T.entry, values[key])
    if ok then
      entries[#entries + 1] = entry
    end
  end
  return { entries = entries, marker = marker, truncated = truncated }
end

-- Removes a range at once. ENODATA when there is nothing in it: clients repeat until then.
function trim(op)
  local from = op.from_marker ~= "" and op.from_marker or prefix_of(op.from_time)
  local stop = op.to_marker ~= "" and op.to_marker .. "\0" or prefix_of(op.to_time + MICROSECOND)
  local first = next((cls.map_get_keys(from, 1)))
  if not first or first >= stop then
    return -cls.ENODATA
  end
  cls.map_remove_range(first, stop)
end

-- Answers the greatest marker and the latest time.
function info(_)
  return { header = load_header() }
end

cls.register(add, "rw", "adds entries")
cls.register(list, "r", "lists entries in the order of time", { input = T.list_op, output = T.listed })
cls.register(trim, "rw", "removes entries up to a time or a marker; ENODATA when there is none", { input = T.trim_op })
cls.register(info, "r", "answers the greatest marker and the latest time", { input = T.empty, output = T.info })
