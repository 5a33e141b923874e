-- otp: one-time passwords that follow the time (RFC 6238).
--
-- The methods, encodings and error numbers are those of Ceph's class of this name; RGW calls it.

local T <const> = ceph.types {
  "info", "{1 1| type:u8 id:str seed:str seed_type:u8 seed_bin:str time_ofs:i32 step_size:u32 window:u32}",
  "check", "{1 1| token:str timestamp:time result:u8}",
  "instance", "{1 1| otp:info last_checks:[check] last_success:u64}",
  "header", "{1 1| ids:[str]}",
  "set_op", "{1 1| entries:[info]}",
  "get_op", "{1 1| get_all:bool ids:[str]}",
  "get_reply", "{1 1| entries:[info]}",
  "check_op", "{1 1| id:str val:str token:str}",
  "result_reply", "{1 1| result:check}",
  "remove_op", "{1 1| ids:[str]}",
  "time_op", "{1 1|}",
  "time_reply", "{1 1| time:time}",
}

local HEADER <const>, PREFIX <const> = "header", "otp/"
local BASE32 <const> = 2
local UNKNOWN <const>, SUCCESS <const>, FAILURE <const> = 0, 1, 2
local SECOND <const> = 1000000000
-- Checks that are kept within one step of time.
local MOST_CHECKS <const> = 5

local function read_header()
  local raw = cls.find_val(HEADER)
  return raw and T.header:decode(raw, cls.EIO) or { ids = {} }
end

local function write_header(ids)
  local list = {}
  for id in pairs(ids) do list[#list + 1] = id end
  table.sort(list)
  cls.map_set_val(HEADER, T.header:encode { ids = list })
end

local function set_of(list)
  local set = {}
  for _, one in ipairs(list) do set[one] = true end
  return set
end

local function read_instance(id)
  local raw = cls.find_val(PREFIX .. id)
  return raw and T.instance:decode(raw, cls.EIO)
end

local function store(instance)
  cls.map_set_val(PREFIX .. instance.otp.id, T.instance:encode(instance))
end

local function unbase32(text)
  local bytes, word, bits = {}, 0, 0
  for letter in text:upper():gmatch("[^ =]") do
    local value
    if letter:find("%u") then
      value = letter:byte() - 65
    elseif letter:find("[2-7]") then
      value = letter:byte() - 24
    else
      return nil
    end
    word, bits = word << 5 | value, bits + 5
    if bits >= 8 then
      bits = bits - 8
      bytes[#bytes + 1] = string.char(word >> bits & 0xff)
      word = word & (1 << bits) - 1
    end
  end
  return table.concat(bytes)
end

local function seed_bytes(info)
  if info.seed_type == BASE32 then return unbase32(info.seed) or cls.fail(cls.EINVAL) end
  return ceph.unhex(info.seed)
end

function otp_set(op)
  local ids = set_of(read_header().ids)
  for _, info in ipairs(op.entries) do
    info.seed_bin = seed_bytes(info)
    local instance = read_instance(info.id) or {}
    instance.otp = info
    store(instance)
    ids[info.id] = true
  end
  write_header(ids)
end

function otp_remove(op)
  local ids, changed = set_of(read_header().ids), false
  for _, id in ipairs(op.ids) do
    if ids[id] then
      ids[id], changed = nil, true
      cls.map_remove_key(PREFIX .. id)
    end
  end
  if changed then write_header(ids) end
end

function otp_get(op)
  cls.stat()
  local ids = op.get_all and read_header().ids or op.ids
  local entries = {}
  for _, id in ipairs(ids) do
    local instance = read_instance(id)
    if instance then entries[#entries + 1] = instance.otp end
  end
  return { entries = entries }
end

-- The password at a counter.
local function password(seed, counter, digits)
  local mac = ceph.hmac_sha1(seed, string.pack(">i8", counter))
  local number = string.unpack(">I4", mac, (mac:byte(20) & 15) + 1) & 0x7fffffff
  return string.format("%0" .. digits .. "d", number % math.tointeger(10 ^ digits))
end

-- How far from the counter the password fits, nil when it does not.
local function distance(info, counter, value)
  local digits = #value
  if digits < 6 or digits > 8 then return nil end
  for away = 0, info.window do
    if password(info.seed_bin, counter + away, digits) == value then return away end
    if password(info.seed_bin, counter - away, digits) == value then return away end
  end
end

local function verify(instance, value, now)
  local info = instance.otp
  if info.step_size == 0 then return false end
  local counter = (now // SECOND - info.time_ofs) // info.step_size
  local away = distance(info, counter, value)
  if not away then return false end
  -- Clients live with it that Ceph's class takes the distance without its sign.
  local index = counter + away
  if not math.ult(instance.last_success, index) then return false end
  instance.last_success = index
  return true
end

local function drop_old(instance, now)
  local oldest, kept = now - instance.otp.step_size * SECOND, {}
  for _, check in ipairs(instance.last_checks) do
    if check.timestamp >= oldest then kept[#kept + 1] = check end
  end
  instance.last_checks = kept
end

function otp_check(op)
  local instance = read_instance(op.id)
  if not instance then return -cls.ENOENT end
  local now = cls.now()
  drop_old(instance, now)
  if #instance.last_checks < MOST_CHECKS then
    local result = verify(instance, op.val, now) and SUCCESS or FAILURE
    table.insert(instance.last_checks, { token = op.token, timestamp = now, result = result })
  end
  store(instance)
end

function otp_get_result(op)
  cls.stat()
  local instance = read_instance(op.id)
  if not instance then return -cls.ENOENT end
  local now = cls.now()
  drop_old(instance, now)
  local result = { token = op.token, timestamp = now, result = UNKNOWN }
  for _, check in ipairs(instance.last_checks) do
    if check.token == op.token then result = check end
  end
  return { result = result }
end

function get_current_time(_)
  cls.stat()
  return { time = cls.now() }
end

cls.register(otp_set, "rw", "adds or changes passwords", { input = T.set_op })
cls.register(otp_get, "r", "answers passwords with their seeds", { input = T.get_op, output = T.get_reply })
cls.register(otp_check, "rw", "checks a password and notes the result under a token", { input = T.check_op })
cls.register(otp_get_result, "r", "answers the result under a token", { input = T.check_op, output = T.result_reply })
cls.register(otp_remove, "rw", "removes passwords", { input = T.remove_op })
cls.register(get_current_time, "r", "answers the time of the server", { input = T.time_op, output = T.time_reply })
