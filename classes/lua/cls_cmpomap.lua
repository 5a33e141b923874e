-- cmpomap: omap values that are written or removed only where a comparison holds.
--
-- It answers and stores as Ceph's class of the same name, byte for byte. All comparisons read "given OP stored".

local T <const> = ceph.types {
  "set_op", "{1 1| mode:u8 op:u8 values:map(str, str) default:?str}",
  "rm_op",  "{1 1| mode:u8 op:u8 values:map(str, str)}",
  "number", "u64",
}

local BYTES <const>, U64 <const> = 1, 2

-- By number of the operator: whether it holds for given == stored, and for given < stored.
local OPERATORS <const> = {
  function(equal) return equal end,
  function(equal) return not equal end,
  function(equal, less) return not equal and not less end,
  function(_, less) return not less end,
  function(_, less) return less end,
  function(equal, less) return equal or less end,
}

-- The comparison the client asks for: `compare(given, stored)` answers whether it holds, or nil and an error number.
local function comparison(op)
  local operator = OPERATORS[op.op]
  if not operator or op.mode ~= BYTES and op.mode ~= U64 then
    return nil
  end
  if op.mode == BYTES then
    return function(given, stored)
      return operator(given == stored, given < stored)
    end
  end
  return function(given, stored)
    if #given < 8 then
      return nil, cls.EINVAL
    elseif stored ~= "" and #stored < 8 then
      return nil, cls.EIO
    end
    local a = T.number:decode(given)
    local b = stored == "" and 0 or T.number:decode(stored)
    return operator(a == b, math.ult(a, b))
  end
end

-- The keys of a map in order, and what is stored under them.
local function keys_and_stored(values)
  local keys = {}
  for key in pairs(values) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  local ok, stored = true, {}
  if #keys > 0 then
    ok, stored = pcall(cls.map_get_vals_by_keys, keys)
  end
  if not ok then
    if stored ~= -cls.ENOENT then
      cls.map_get_vals_by_keys(keys) -- Fails again, and so passes the error on.
    end
    stored = {}
  end
  return keys, function(key, default)
    return stored[key] and stored[key]:str() or default
  end
end

-- Fails with ECANCELED at the first comparison that does not hold.
function cmp_vals(op)
  local compare = comparison(op)
  if not compare then
    return -cls.EINVAL
  end
  local keys, stored_of = keys_and_stored(op.values)
  for _, key in ipairs(keys) do
    local stored = stored_of(key, op.default)
    if not stored then
      return -cls.ECANCELED
    end
    local holds, errno = compare(op.values[key], stored)
    if errno then
      return -errno
    elseif not holds then
      return -cls.ECANCELED
    end
  end
end

-- Calls `act(key)` for each key whose comparison holds, in order. A stored value that is no number holds nothing.
local function where_it_holds(op, default, act)
  local compare = comparison(op)
  if not compare then
    return -cls.EINVAL
  end
  local keys, stored_of = keys_and_stored(op.values)
  local chosen = {}
  for _, key in ipairs(keys) do
    local stored = stored_of(key, default)
    if stored then
      local holds, errno = compare(op.values[key], stored)
      if errno == cls.EINVAL then
        return -errno
      elseif holds then
        chosen[#chosen + 1] = key
      end
    end
  end
  for _, key in ipairs(chosen) do
    act(key)
  end
end

-- Stores the given values where the comparison holds.
function cmp_set_vals(op)
  return where_it_holds(op, op.default, function(key)
    cls.map_set_val(key, op.values[key])
  end)
end

-- Removes the keys where the comparison holds.
function cmp_rm_keys(op)
  return where_it_holds(op, nil, cls.map_remove_key)
end

cls.register(cmp_vals, "r", "ECANCELED unless all comparisons hold", { input = T.set_op })
cls.register(cmp_set_vals, "rw", "stores the values whose comparison holds", { input = T.set_op })
cls.register(cmp_rm_keys, "rw", "removes the keys whose comparison holds", { input = T.rm_op })
