-- kvs: the server half of a B-tree over many objects: an index object names the leaf for each range of keys, the leaves hold the pairs.
--
-- The methods, encodings and error numbers are those of Ceph's class of this name, of an experiment of 2012. Three of its methods
-- (assert_size_in_bound, omap_insert, omap_remove) answer EIO in Ceph, because they read and are flagged as writers only; here
-- they work.

local T <const> = ceph.types {
  "kdata", "{1 1| raw:str prefix:str}",
  "create_data", "{1 1| min:kdata max:kdata obj:str}",
  "delete_data", "{1 1| min:kdata max:kdata obj:str version:u64}",
  "idata", "{1 1| prefix:str min:kdata key:kdata ts:time to_create:[create_data] to_delete:[delete_data] obj:str}",
  "odata", "{1 1| min:kdata max:kdata name:str omap:map(str, str) unwritable:bool version:u64 size:u64}",
  "from_key", "{1 1| key:str idata:idata next:idata}",
  "neighbour", "{1 1| idata:idata next:idata}",
  "keys", "[str]",
  "pairs", "map(str, str)",
  "bound_op", "{1 1| bound:u64 comparator:u64}",
  "insert_op", "{1 1| omap:map(str, str) bound:u64 exclusive:bool}",
  "remove_op", "{1 1| omap:[str] bound:u64}",
  "balance_op", "{1 1| odata:odata bound:u64 comparator:u64}",
}

local SIZE <const>, UNWRITABLE <const> = "size", "unwritable"
local EQUAL <const>, GREATER <const>, LESS <const> = 1, 3, 5
local EACCES <const>, OUT_OF_BOUND <const> = 13, 137
-- What the keys of pairs begin with, and the key of the last leaf.
local KEY <const>, LAST <const> = "0", "1"
local MOST <const> = 16384

local less <const> = math.ult

local function encoded_key(kdata)
  return kdata.prefix .. kdata.raw
end

local function sorted_page(after, prefix, most)
  local values, more = cls.map_get_vals(after, prefix, most)
  local keys = {}
  for key in pairs(values) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys, values, more
end

local function read_size()
  return math.tointeger(tonumber(cls.getxattr(SIZE):str())) or cls.fail(cls.EIO)
end

local function write_size(size)
  cls.setxattr(SIZE, string.format("%d", size))
end

local function in_bound(size, bound, comparator)
  if comparator == EQUAL then return size == bound end
  if comparator == GREATER then return less(bound, size) end
  if comparator == LESS then return less(size, bound) end
  return true
end

local function check_unwritable()
  local found = cls.getxattr(UNWRITABLE)
  if found:str() == "1" then cls.fail(EACCES) end
end

-- An entry of the index, with its key.
local function index_entry(key, raw)
  local entry = T.idata:decode(raw, cls.EIO)
  entry.key = { prefix = key:sub(1, 1), raw = key:sub(2) }
  return entry
end

function get_idata_from_key(op)
  cls.stat()
  local wanted = KEY .. op.key
  local exact = cls.find_val(wanted)
  if exact then
    op.idata = index_entry(wanted, exact)
    local keys, values = sorted_page(wanted, "", 1)
    if keys[1] then op.next = index_entry(keys[1], values[keys[1]]) end
  else
    local keys, values = sorted_page(wanted, "", 2)
    if not keys[1] then return -cls.ENODATA end
    op.idata = index_entry(keys[1], values[keys[1]])
    if keys[1]:sub(1, 1) ~= LAST and keys[2] then op.next = index_entry(keys[2], values[keys[2]]) end
  end
  return op
end

function get_next_idata(op)
  cls.stat()
  local keys, values = sorted_page(encoded_key(op.idata.key), "", 1)
  if not keys[1] then return -cls.EOVERFLOW end
  op.next = index_entry(keys[1], values[keys[1]])
  return op
end

function get_prev_idata(op, output)
  cls.stat()
  local wanted = encoded_key(op.idata.key)
  if not cls.find_val(wanted) then return -cls.ENODATA end
  local after, before, raw = "", nil, nil
  while true do
    local keys, values, more = sorted_page(after, "", MOST // 16)
    for _, key in ipairs(keys) do
      if key >= wanted then
        if not before then return -cls.ERANGE end
        op.next = index_entry(before, raw)
        output:append(T.neighbour:encode(op))
        return 0
      end
      before, raw = key, values[key]
    end
    if not more then return -cls.ERANGE end
    after = keys[#keys]
  end
end

function read_many(wanted, output)
  cls.stat()
  if #wanted == 0 then return -cls.EINVAL end
  table.sort(wanted)
  local keys, values = sorted_page(KEY .. wanted[1], "", MOST)
  local last, found = KEY .. wanted[#wanted], {}
  for _, key in ipairs(keys) do
    if key > last and #keys > 1 then break end
    found[key] = values[key]
  end
  output:append(T.pairs:encode(found))
end

function check_writable()
  check_unwritable()
end

function assert_size_in_bound(op)
  if not in_bound(read_size(), op.bound, op.comparator) then return -cls.EKEYREJECTED end
end

function omap_insert(op)
  check_unwritable()
  local size, bound, new = read_size(), op.bound, 0
  for key in pairs(op.omap) do
    if cls.find_val(key) then
      if op.exclusive then return -cls.EEXIST end
      bound = bound + 1
    else
      new = new + 1
    end
  end
  if not less(size, bound) then return -cls.EKEYREJECTED end
  cls.map_set_vals(op.omap)
  write_size(size + new)
end

function create_with_omap(op)
  local pairs_given, count = op, 0
  cls.create(true)
  for _ in pairs(pairs_given) do count = count + 1 end
  cls.map_set_vals(pairs_given)
  write_size(count)
  cls.setxattr(UNWRITABLE, "0")
end

function omap_remove(op)
  check_unwritable()
  local size = read_size()
  if not less(op.bound, size) then return -cls.EKEYREJECTED end
  for _, key in ipairs(op.omap) do
    local value = cls.find_val(key)
    if not value or #value == 0 then return -cls.ENODATA end
    cls.map_remove_key(key)
  end
  write_size(size - #op.omap)
end

function maybe_read_for_balance(op)
  check_unwritable()
  op.odata.unwritable = false
  op.odata.size = read_size()
  if not in_bound(op.odata.size, op.bound, op.comparator) then return -OUT_OF_BOUND end
  op.odata.omap = cls.map_get_vals("", "", MOST)
  return op
end

cls.register(get_idata_from_key, "r", "answers the leaf for a key, and the next one", { input = T.from_key, output = T.from_key })
cls.register(get_next_idata, "r", "answers the next leaf", { input = T.neighbour, output = T.neighbour })
cls.register(get_prev_idata, "r", "answers the leaf before", { input = T.neighbour, output = T.neighbour })
cls.register(read_many, "r", "answers pairs between two keys", { input = T.keys, output = T.pairs })
cls.register(check_writable, "rw", "EACCES while the leaf is split or joined")
cls.register(assert_size_in_bound, "rw", "EKEYREJECTED unless the number of pairs is as asked", { input = T.bound_op })
cls.register(omap_insert, "rw", "adds pairs unless the leaf is full", { input = T.insert_op })
cls.register(create_with_omap, "w", "makes a leaf", { input = T.pairs })
cls.register(omap_remove, "rw", "removes pairs unless too few would be left", { input = T.remove_op })
cls.register(maybe_read_for_balance, "r", "answers all pairs if their number is as asked", { input = T.balance_op, output = T.balance_op })
