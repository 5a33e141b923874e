-- journal: which clients follow a journal, how far they are, and which tags its entries carry.
--
-- It answers and stores as Ceph's class of the same name, byte for byte. Ceph's block device mirrors images with it. The
-- metadata object uses all methods but the last two; those belong to the objects that hold entries.

local T <const> = ceph.types {
  "position",   "{1 1| object_number:u64 tag_tid:u64 entry_tid:u64}",
  "positions",  "{1 1| list:[position]}",
  "client",     "{1 1| id:str data:str commit:positions state:u8}",
  "tag",        "{1 1| tid:u64 tag_class:u64 data:str}",
  "create_op",  "(order:u8 splay_width:u8 pool_id:i64)",
  "id",         "(id:str)",
  "id_data",    "(id:str data:str)",
  "id_state",   "(id:str state:u8)",
  "commit_op",  "(id:str commit:positions)",
  "page_op",    "(start_after:str max:u64)",
  "tag_op",     "(tid:u64 tag_class:u64 data:str)",
  "tags_op",    "(start_after:u64 max:u64 id:str tag_class:?u64)",
  "append_op",  "(limit:u64 data:str)",
  "clients",    "(list:[client])",
  "tags",       "(list:[tag])",
  "small",      "(n:u8)",
  "number",     "(n:u64)",
  "signed",     "(n:i64)",
}

local CONNECTED <const>, DISCONNECTED <const> = 0, 1
local NEW_CLASS <const> = -1 -- all bits
local PAGE <const> = 256
local CLIENT <const>, TAG <const> = "client_", "tag_"

local function tag_key(tid)
  return string.format("%s%016x", TAG, tid)
end

-- The value under a key, nil when there is none. What cannot be decoded fails with `errno`.
local function find(key, kind, errno)
  local raw = cls.find_val(key)
  return raw and kind:decode(raw, errno or cls.EINVAL)
end

-- The same, failing with ENOENT.
local function need(key, kind)
  return kind:decode(cls.map_get_val(key), cls.EINVAL)
end

local function put(key, kind, value)
  cls.map_set_val(key, kind:encode(value))
end

local function store_client(client)
  put(CLIENT .. client.id, T.client, client)
end

-- Calls `visit(key, value)` for the entries whose keys begin with `prefix`, in order and in pages, until it answers true.
local function each(prefix, after, kind, visit)
  local more = true
  while more do
    local values
    values, more = cls.map_get_vals(after, prefix, PAGE)
    local keys = {}
    for key in pairs(values) do
      keys[#keys + 1] = key
    end
    table.sort(keys)
    for _, key in ipairs(keys) do
      if visit(key, kind:decode(values[key], cls.EIO)) then
        return
      end
      after = key
    end
    more = more and #keys > 0
  end
end

local function each_client(visit)
  each(CLIENT, "", T.client, function(_, client)
    return visit(client)
  end)
end

-- Makes the journal.
function create(input)
  local op = T.create_op:decode(input)
  if find("order", T.small) then
    return -cls.EEXIST
  end
  put("order", T.small, { n = op.order })
  put("splay_width", T.small, { n = op.splay_width })
  put("pool_id", T.signed, { n = op.pool_id })
  for _, key in ipairs { "minimum_set", "active_set", "next_tag_tid", "next_tag_class" } do
    put(key, T.number, { n = 0 })
  end
end

local function answer(key, kind, output)
  output:append(kind:encode(need(key, kind)))
end

function get_order(_, output) answer("order", T.small, output) end
function get_splay_width(_, output) answer("splay_width", T.small, output) end
function get_pool_id(_, output) answer("pool_id", T.signed, output) end
function get_minimum_set(_, output) answer("minimum_set", T.number, output) end
function get_active_set(_, output) answer("active_set", T.number, output) end
function get_next_tag_tid(_, output) answer("next_tag_tid", T.number, output) end

-- Moves a set number forward. `allowed(number)` says whether it may be there.
local function advance(key, number, allowed)
  local current = need(key, T.number).n
  if not allowed then
    return -cls.EINVAL
  elseif number == current then
    return
  elseif math.ult(number, current) then
    return -cls.ESTALE
  end
  put(key, T.number, { n = number })
end

-- The first set of objects that is still needed.
function set_minimum_set(input)
  local number = T.number:decode(input).n
  return advance("minimum_set", number, not math.ult(need("active_set", T.number).n, number))
end

-- The set of objects that is written to.
function set_active_set(input)
  local number = T.number:decode(input).n
  return advance("active_set", number, not math.ult(number, need("minimum_set", T.number).n))
end

function get_client(input, output)
  answer(CLIENT .. T.id:decode(input).id, T.client, output)
end

local function is_before(a, b)
  if a.tag_tid ~= b.tag_tid then
    return math.ult(a.tag_tid, b.tag_tid)
  end
  return math.ult(a.entry_tid, b.entry_tid)
end

-- The positions of the connected client that is least far. One that has none ends the pass over its page.
local function least_positions()
  local least, seen, over = { list = {} }, 0, false
  each_client(function(client)
    seen = seen + 1
    if not over and client.state ~= DISCONNECTED then
      local first = client.commit.list[1]
      if not first then
        least, over = { list = {} }, true
      elseif not least.list[1] or is_before(first, least.list[1]) then
        least = client.commit
      end
    end
    if seen % PAGE == 0 then
      over = false
    end
  end)
  return least
end

-- Registers a client where the one that is least far stands.
function client_register(input)
  local op = T.id_data:decode(input)
  need("order", T.small)
  if find(CLIENT .. op.id, T.client) then
    return -cls.EEXIST
  end
  store_client { id = op.id, data = op.data, commit = least_positions(), state = CONNECTED }
end

function client_update_data(input)
  local op = T.id_data:decode(input)
  local client = need(CLIENT .. op.id, T.client)
  client.data = op.data
  store_client(client)
end

function client_update_state(input)
  local op = T.id_state:decode(input)
  local client = need(CLIENT .. op.id, T.client)
  client.state = op.state
  store_client(client)
end

-- For each class the last of its tags, going up to the first tag that is not before `bound`, and what was looked at.
local function last_tags(bound)
  local last, seen, wrong = {}, {}, false
  each(TAG, "", T.tag, function(key, tag)
    if key ~= tag_key(tag.tid) then
      wrong = true
      return true
    end
    last[tag.tag_class] = tag.tid
    seen[#seen + 1] = tag
    return not math.ult(tag.tid, bound)
  end)
  if wrong then
    T.number:decode("", cls.EINVAL) -- ends the method with EINVAL
  end
  return last, seen
end

-- Removes the tags that no client will ask for again: those before the least position, but for the last of each class.
local function expire_tags(skipped)
  local least, needed = nil, false
  each_client(function(client)
    if client.state == DISCONNECTED or client.id == skipped then
      return
    end
    if not client.commit.list[1] then
      needed = true
    end
    for _, position in ipairs(client.commit.list) do
      if not least or math.ult(position.tag_tid, least) then
        least = position.tag_tid
      end
    end
    return needed
  end)
  if needed or not least then
    return
  end
  local last, seen = last_tags(least)
  for _, tag in ipairs(seen) do
    if math.ult(tag.tid, last[tag.tag_class]) then
      cls.map_remove_key(tag_key(tag.tid))
    end
  end
end

-- Forgets a client, and the tags that only it needed.
function client_unregister(input)
  local id = T.id:decode(input).id
  need(CLIENT .. id, T.client)
  cls.map_remove_key(CLIENT .. id)
  expire_tags(id)
end

local function equal(a, b)
  if #a ~= #b then
    return false
  end
  for at, one in ipairs(a) do
    local other = b[at]
    if one.object_number ~= other.object_number or one.tag_tid ~= other.tag_tid or one.entry_tid ~= other.entry_tid then
      return false
    end
  end
  return true
end

-- Notes how far a client is.
function client_commit(input)
  local op = T.commit_op:decode(input)
  if #op.commit.list > need("splay_width", T.small).n then
    return -cls.EINVAL
  end
  local client = need(CLIENT .. op.id, T.client)
  if equal(client.commit.list, op.commit.list) then
    return
  end
  client.commit = op.commit
  store_client(client)
end

-- Lists the clients by name.
function client_list(input, output)
  local op = T.page_op:decode(input)
  local after = op.start_after == "" and "" or CLIENT .. op.start_after
  local list = {}
  if op.max ~= 0 then
    each(CLIENT, after, T.client, function(_, client)
      list[#list + 1] = client
      return not math.ult(#list, op.max)
    end)
  end
  output:append(T.clients:encode { list = list })
end

function get_tag(input, output)
  answer(tag_key(T.number:decode(input).n), T.tag, output)
end

-- Makes the next tag, in a class that exists or a new one.
function tag_create(input)
  local op = T.tag_op:decode(input)
  if find(tag_key(op.tid), T.tag) then
    return -cls.EEXIST
  end
  local next_tid = need("next_tag_tid", T.number).n
  if op.tid ~= next_tid then
    return -cls.ESTALE
  end
  local next_class = need("next_tag_class", T.number).n
  if op.tag_class == NEW_CLASS then
    op.tag_class = next_class
    put("next_tag_class", T.number, { n = next_class + 1 })
  elseif not math.ult(op.tag_class, next_class) then
    return -cls.EINVAL
  end
  expire_tags()
  put("next_tag_tid", T.number, { n = next_tid + 1 })
  put(tag_key(op.tid), T.tag, op)
end

-- Lists the tags a client still needs.
function tag_list(input, output)
  local op = T.tags_op:decode(input)
  local client = need(CLIENT .. op.id, T.client)
  local least
  for _, position in ipairs(client.commit.list) do
    if not least or math.ult(position.tag_tid, least) then
      least = position.tag_tid
    end
  end
  local floor = least and last_tags(least) or {}
  local list = {}
  each(TAG, "", T.tag, function(_, tag)
    if (op.start_after == 0 or math.ult(op.start_after, tag.tid))
      and not math.ult(tag.tid, floor[tag.tag_class] or 0)
      and (not op.tag_class or op.tag_class == tag.tag_class)
    then
      list[#list + 1] = tag
    end
    return not math.ult(#list, op.max)
  end)
  output:append(T.tags:encode { list = list })
end

-- Fails with EOVERFLOW when the object is as long as the limit. A missing object is empty.
local function guard(limit)
  local size = cls.find_stat()
  if not size then
    return 0, 0
  end
  return math.ult(size, limit) and 0 or -cls.EOVERFLOW, size
end

-- Put before an append in a compound operation.
function guard_append(input)
  return (guard(T.number:decode(input).n))
end

-- Appends, unless the object is full.
function append(input)
  local op = T.append_op:decode(input)
  local result, size = guard(op.limit)
  if result == 0 then
    cls.write(size, #op.data, op.data)
  end
  return result
end

for _, method in ipairs {
  { get_order, "answers the size of an object, as a power of two" },
  { get_splay_width, "answers how many objects are written at a time" },
  { get_pool_id, "answers the pool of the entries" },
  { get_minimum_set, "answers the first set that is needed" },
  { get_active_set, "answers the set that is written to" },
  { get_next_tag_tid, "answers the number of the next tag" },
  { get_client, "answers a client" },
  { client_list, "lists clients" },
  { get_tag, "answers a tag" },
  { tag_list, "lists the tags a client needs" },
} do
  cls.register(method[1], "r", method[2])
end
for _, method in ipairs {
  { create, "makes a journal" },
  { set_minimum_set, "moves the first set that is needed" },
  { set_active_set, "moves the set that is written to" },
  { client_register, "registers a client" },
  { client_update_data, "replaces a client's data" },
  { client_update_state, "replaces a client's state" },
  { client_unregister, "forgets a client" },
  { client_commit, "notes how far a client is" },
  { tag_create, "makes the next tag" },
  { guard_append, "EOVERFLOW when the object is full" },
  { append, "appends, unless the object is full" },
} do
  cls.register(method[1], "rw", method[2])
end
