-- user: the buckets of a user, and how much is in them.
--
-- The methods, encodings and error numbers are those of Ceph's class of this name; RGW calls it. Each bucket is an omap value under
-- its name; the omap header has the totals.

local T <const> = ceph.types {
  "stats", "{1 1| entries:u64 bytes:u64 bytes_rounded:u64}",
  "header", "{1 1| stats:stats last_stats_sync:time last_stats_update:time}",
  -- A bucket as it is written, with a placement and without.
  "placed", "{9 8| name:str marker:str bucket_id:str placement_id:str}",
  "pooled", "{7 3| name:str data_pool:str marker:str bucket_id:str index_pool:str data_extra_pool:str}",
  "frame", "(version:u8 compat:u8 length:u32)",
  "text", "str", "word", "u64", "half", "u32", "flag", "bool", "moment", "time",
  "set_frame", "(version:u8 compat:u8 length:u32 count:u32)",
  "time_op", "{1 1| time:time}",
  "list_op", "{2 1| marker:str max_entries:i32 end_marker:str@2}",
  "header_op", "{1 1|}",
  "header_reply", "{1 1| header:header}",
  "reset2_op", "{1 1| time:time marker:str acc:stats}",
  "reset2_reply", "{1 1| marker:str acc:stats truncated:bool}",
}

local MOST <const> = 1000
local SECOND <const> = 1000000000

-- Reads one thing after the other, none behind the end.
local function reader(bytes, at, last, errno)
  return function(of)
    local value
    value, at = of:at(bytes, at, errno)
    if at > last + 1 then cls.fail(errno) end
    return value
  end
end

-- A struct that is read field by field: its version, a reader, and the place behind it.
local function open(bytes, at, known, errno)
  local frame, start = T.frame:at(bytes, at, errno)
  local after = start + frame.length
  if frame.compat > known or frame.length > #bytes - start + 1 then cls.fail(errno) end
  return frame.version, reader(bytes, start, after - 1, errno), after, start
end

local function decode_bucket(bytes, at, errno)
  local version, read, after = open(bytes, at, 8, errno)
  local bucket = { name = read(T.text), placement_id = "", data_pool = "", index_pool = "", data_extra_pool = "" }
  bucket.marker, bucket.bucket_id = "", ""
  if version < 8 then
    bucket.data_pool = read(T.text)
    if version >= 2 then bucket.marker = read(T.text) end
    if version >= 2 then
      bucket.bucket_id = version <= 3 and string.format("%d", read(T.word)) or read(T.text)
    end
    bucket.index_pool = version >= 5 and read(T.text) or bucket.data_pool
    if version >= 7 then bucket.data_extra_pool = read(T.text) end
  else
    bucket.marker, bucket.bucket_id = read(T.text), read(T.text)
    bucket.placement_id = read(T.text)
    if version == 8 and bucket.placement_id == "" then
      bucket.data_pool, bucket.index_pool, bucket.data_extra_pool = read(T.text), read(T.text), read(T.text)
    end
  end
  return bucket, after
end

local function encode_bucket(bucket)
  return bucket.placement_id ~= "" and T.placed:encode(bucket) or T.pooled:encode(bucket)
end

local function decode_entry(bytes, at, errno)
  local version, read, after, start = open(bytes, at, 9, errno)
  local entry = { count = 0, user_stats_sync = false, creation_time = 0 }
  read(T.text)
  entry.size, entry.mtime = read(T.word), read(T.half)
  entry.size_rounded = entry.size
  entry.bucket = { name = "", marker = "", bucket_id = "", placement_id = "" }
  local place = start + 4 + #T.text:at(bytes, start, errno) + 8 + 4
  if version >= 2 then
    entry.count, place = T.word:at(bytes, place, errno)
  end
  if version >= 3 then
    entry.bucket, place = decode_bucket(bytes, place, errno)
  end
  read = reader(bytes, place, after - 1, errno)
  if place > after then cls.fail(errno) end
  if version >= 4 then entry.size_rounded = read(T.word) end
  if version >= 6 then entry.user_stats_sync = read(T.flag) end
  if version >= 7 then entry.creation_time = read(T.moment) end
  return entry, after
end

local function encode_entry(entry)
  local body = T.text:encode "" .. T.word:encode(entry.size) .. T.half:encode(entry.creation_time // SECOND)
    .. T.word:encode(entry.count) .. encode_bucket(entry.bucket) .. T.word:encode(entry.size_rounded)
    .. T.flag:encode(entry.user_stats_sync) .. T.moment:encode(entry.creation_time)
  return T.frame:encode { version = 9, compat = 5, length = #body } .. body
end

local function read_entry(name)
  local raw = cls.find_val(name)
  if not raw or #raw == 0 then return nil end
  return (decode_entry(raw, 1, cls.EIO))
end

local function store(entry)
  cls.map_set_val(entry.bucket.name, encode_entry(entry))
end

local function read_header()
  local raw = cls.map_read_header()
  if #raw == 0 then return { stats = { entries = 0, bytes = 0, bytes_rounded = 0 }, last_stats_sync = 0, last_stats_update = 0 } end
  return T.header:decode(raw, cls.EIO)
end

local function write_header(header)
  cls.map_write_header(T.header:encode(header))
end

local function count(stats, entry, sign)
  stats.entries = stats.entries + sign * entry.count
  stats.bytes = stats.bytes + sign * entry.size
  stats.bytes_rounded = stats.bytes_rounded + sign * entry.size_rounded
end

function set_buckets_info(input)
  local bytes = input:str()
  local frame, at = T.set_frame:at(bytes, 1)
  if frame.compat > 1 or frame.length > #bytes - 6 then return -cls.EINVAL end
  local entries = {}
  for number = 1, frame.count do
    entries[number], at = decode_entry(bytes, at, cls.EINVAL)
  end
  local read = reader(bytes, at, 6 + frame.length, cls.EINVAL)
  local adds, time = read(T.flag), read(T.moment)

  local header = read_header()
  for _, given in ipairs(entries) do
    if given.bucket.name == "" then return -cls.EINVAL end
    local stored = read_entry(given.bucket.name)
    local entry = stored
    if stored and adds then
      stored.bucket.bucket_id = given.bucket.bucket_id
      stored.creation_time = given.creation_time
    elseif adds then
      entry = given
    end
    if entry then
      if entry.user_stats_sync then count(header.stats, entry, -1) end
      entry.user_stats_sync = true
      if stored and not adds then
        entry.size, entry.size_rounded, entry.count = given.size, given.size_rounded, given.count
      end
      store(entry)
      count(header.stats, entry, 1)
    end
  end
  if header.last_stats_update < time then header.last_stats_update = time end
  write_header(header)
end

function complete_stats_sync(input)
  local op, header = T.time_op:decode(input), read_header()
  if header.last_stats_sync < op.time then header.last_stats_sync = op.time end
  write_header(header)
end

function remove_bucket(input)
  local bytes = input:str()
  local _, _, after, start = open(bytes, 1, 1, cls.EINVAL)
  local bucket, place = decode_bucket(bytes, start, cls.EINVAL)
  if place > after then return -cls.EINVAL end
  local header, entry = read_header(), read_entry(bucket.name)
  if not entry then return 0 end
  if entry.user_stats_sync then count(header.stats, entry, -1) end
  cls.map_remove_key(bucket.name)
  write_header(header)
end

-- One page of values and their keys in order.
local function page(after, most)
  local values, more = cls.map_get_vals(after, "", most)
  local keys = {}
  for key in pairs(values) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys, values, more
end

function list_buckets(op, output)
  cls.stat()
  local most = (op.max_entries < 0 or op.max_entries > MOST) and MOST or op.max_entries
  local keys, values, more = page(op.marker, most)
  local entries, marker = {}, ""
  for _, key in ipairs(keys) do
    if op.end_marker ~= "" and key >= op.end_marker then
      more = false
      break
    end
    marker = key
    local readable, entry = pcall(decode_entry, values[key], 1, cls.EIO)
    if readable then entries[#entries + 1] = encode_entry(entry) end
  end
  local body = T.half:encode(#entries) .. table.concat(entries) .. T.text:encode(more and marker or "") .. T.flag:encode(more)
  output:append(T.frame:encode { version = 1, compat = 1, length = #body } .. body)
end

function get_header(_)
  cls.stat()
  return { header = read_header() }
end

-- Adds the buckets behind `marker` to the totals: one page. Answers the last key, and whether more follow.
local function add_page(stats, marker)
  local keys, values, more = page(marker, MOST)
  for _, key in ipairs(keys) do
    count(stats, (decode_entry(values[key], 1, cls.EIO)), 1)
  end
  return keys[#keys] or marker, more
end

function reset_user_stats(op)
  local header = read_header()
  header.stats = { entries = 0, bytes = 0, bytes_rounded = 0 }
  header.last_stats_sync, header.last_stats_update = 0, op.time
  local marker, more = "", true
  while more do
    marker, more = add_page(header.stats, marker)
  end
  write_header(header)
end

function reset_user_stats2(op)
  local marker, more = add_page(op.acc, op.marker)
  if not more then
    write_header { stats = op.acc, last_stats_sync = 0, last_stats_update = op.time }
  end
  return { marker = marker, acc = op.acc, truncated = more }
end

cls.register(set_buckets_info, "rw", "adds buckets, or changes what is in them")
cls.register(complete_stats_sync, "rw", "notes that all buckets are counted")
cls.register(remove_bucket, "rw", "removes a bucket")
cls.register(list_buckets, "r", "answers buckets, page by page", { input = T.list_op, output = T.frame })
cls.register(get_header, "r", "answers the totals", { input = T.header_op, output = T.header_reply })
cls.register(reset_user_stats, "rw", "counts all buckets anew", { input = T.time_op })
cls.register(reset_user_stats2, "rw", "counts all buckets anew, page by page", { input = T.reset2_op, output = T.reset2_reply })
