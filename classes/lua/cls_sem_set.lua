-- sem_set: counting semaphores with names.
--
-- The methods, encodings and error numbers are those of Ceph's class of this name.

local T <const> = ceph.types {
  "sem", "{1 1| value:u64 last_decrement:time}",
  "increment_op", "{1 1| keys:[str]}",
  "decrement_op", "{1 1| keys:[str] grace:(s:i32 ns:i32)}",
  "reset_op", "{1 1| keys:map(str, u64)}",
  "list_op", "{1 1| count:u64 cursor:str}",
  "list_reply", "{1 1| kvs:map(str, u64) cursor:str}",
}

local PREFIX <const> = "CLS_SEM_SET_"
local MOST <const> = 1000
local SECOND <const> = 1000000000

local function read_sem(key)
  local raw = cls.find_val(PREFIX .. key)
  return raw and T.sem:decode(raw, cls.EIO)
end

local function store(key, sem)
  cls.map_set_val(PREFIX .. key, T.sem:encode(sem))
end

function increment(op)
  if #op.keys > MOST then return -cls.E2BIG end
  for _, key in ipairs(op.keys) do
    local sem = read_sem(key) or { value = 0, last_decrement = 0 }
    sem.value = sem.value + 1
    store(key, sem)
  end
end

function decrement(op)
  if #op.keys > MOST then return -cls.E2BIG end
  local now, grace = cls.now(), op.grace.s * SECOND + op.grace.ns
  for _, key in ipairs(op.keys) do
    local sem = read_sem(key) or cls.fail(cls.ENOENT)
    local since = now - sem.last_decrement
    if since >= 0 and since >= grace then
      if math.ult(1, sem.value) then
        store(key, { value = sem.value - 1, last_decrement = now })
      else
        cls.map_remove_key(PREFIX .. key)
      end
    end
  end
end

function reset(input)
  local op, count = T.reset_op:decode(input), 0
  for _ in pairs(op.keys) do count = count + 1 end
  if count > MOST then return -cls.E2BIG end
  for key, value in pairs(op.keys) do store(key, { value = value }) end
end

function list(op)
  cls.stat()
  local most = math.ult(MOST, op.count) and MOST or op.count
  local after = PREFIX .. op.cursor .. (op.cursor ~= "" and "\1" or "")
  local values, more = cls.map_get_vals(after, PREFIX, most)
  local reply = { kvs = {}, cursor = "" }
  for key, raw in pairs(values) do
    local name = key:sub(#PREFIX + 1)
    reply.kvs[name] = T.sem:decode(raw, cls.EIO).value
    if more and name > reply.cursor then reply.cursor = name end
  end
  return reply
end

cls.register(increment, "rw", "counts semaphores up", { input = T.increment_op })
cls.register(decrement, "rw", "counts semaphores down, unless that happened within the time of grace", { input = T.decrement_op })
cls.register(reset, "rw", "sets semaphores")
cls.register(list, "r", "answers semaphores and their values, page by page", { input = T.list_op, output = T.list_reply })
