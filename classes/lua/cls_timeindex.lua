-- timeindex: entries sorted by time.
--
-- It answers and stores as Ceph's class of the same name, byte for byte. Ceph's object gateway finds with it which
-- objects have expired.

local T <const> = ceph.types {
  "entry",   "{1 1| key_ts:time key_ext:str value:str}",
  "add_op",  "{1 1| entries:[entry]}",
  "list_op", "{1 1| from_time:time marker:str to_time:time max_entries:i32}",
  "listed",  "{1 1| entries:[entry] marker:str truncated:bool}",
  "trim_op", "{1 1| from_time:time to_time:time from_marker:str to_marker:str}",
}

local SECOND <const>, MICROSECOND <const> = 1000000000, 1000
-- Most entries of a call.
local MAX <const> = 1000
-- Longest extension of a key that is answered, in bytes.
local MAX_EXTENSION <const> = 255

local function prefix_of(time)
  return string.format("1_%010d.%06d_", time // SECOND, time % SECOND // MICROSECOND)
end

-- Whether a key is after everything that begins with `last`.
local function is_after(key, last)
  return key:sub(1, #last) > last
end

-- The entry of a key. Ceph reads the microseconds of the key as nanoseconds, and clients live with it. An extension ends
-- at its first white space.
local function entry_of(key, value)
  local seconds, micros, extension = key:match("^1_(%d+)%.(%d+)_([^%s]*)")
  if seconds then
    local time = tonumber(seconds) * SECOND + tonumber(micros)
    return { key_ts = time, key_ext = extension:sub(1, MAX_EXTENSION), value = value }
  end
end

-- A page of the omap: its keys in order, the values, and whether more follow.
local function page(after, max)
  local values, more = cls.map_get_vals(after, "", max)
  local keys = {}
  for key in pairs(values) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys, values, more
end

-- Stores entries.
function add(op)
  for _, entry in ipairs(op.entries) do
    cls.map_set_val(prefix_of(entry.key_ts) .. entry.key_ext, entry.value)
  end
end

-- Lists entries from a time or after a marker, up to a time.
function list(op)
  local max = op.max_entries
  if max < 0 or max > MAX then
    max = MAX
  end
  local last = op.to_time >= op.from_time and prefix_of(op.to_time)
  local from = op.marker ~= "" and op.marker or prefix_of(op.from_time)
  local entries, marker = {}, ""
  local keys, values, truncated = page(from, max)
  for _, key in ipairs(keys) do
    if last and key:sub(1, #last) >= last then
      truncated = false
      break
    end
    local entry = entry_of(key, values[key])
    if entry then
      entries[#entries + 1] = entry
    end
    marker = key
  end
  return { entries = entries, marker = marker, truncated = truncated }
end

-- Removes entries up to a time or a marker; ENODATA when there is none, so that a client knows when to stop.
function trim(op)
  local from = op.from_marker ~= "" and op.from_marker or prefix_of(op.from_time)
  local last = op.to_marker ~= "" and op.to_marker or prefix_of(op.to_time)
  local removed = false
  for _, key in ipairs((page(from, MAX))) do
    if is_after(key, last) then
      break
    end
    cls.map_remove_key(key)
    removed = true
  end
  if not removed then
    return -cls.ENODATA
  end
end

cls.register(add, "rw", "stores entries under their times", { input = T.add_op })
cls.register(list, "r", "lists entries in the order of time", { input = T.list_op, output = T.listed })
cls.register(trim, "rw", "removes entries up to a time; ENODATA when there is none", { input = T.trim_op })
