-- counter: one whole number per object, changed without ever losing an update.
--
--   radula exec visits counter add        prints 1
--   radula exec visits counter add 41     prints 42
--   radula exec visits counter get        prints 42
--   radula exec visits counter reset      starts again from 0
--
-- The number is the object's data, in decimal, so that `radula get visits -` shows it too. `add` reads and writes
-- in one step next to the data: a thousand clients can add at once and the sum is exact.

-- The whole number in `text`; nil when it is not one or does not fit into 64 bits.
local function whole_number(text)
  if not text:find("^[+-]?%d+$") then
    return nil
  end
  local number = tonumber((text:gsub("^%+", "")))
  -- Lua reads digits that do not fit as a floating-point number, which would silently round.
  return math.type(number) == "integer" and number or nil
end

-- The number in the object: 0 in an object without data. Somebody else's data is an error, never overwritten.
local function stored()
  local size = objclass.stat()
  if size == 0 then
    return 0
  end
  -- 20 bytes hold any 64-bit number; a longer object is not ours, whatever it begins with.
  local number = size <= 20 and whole_number(objclass.read(0, size):str())
  if not number then
    objclass.log(0, "the object does not hold a number")
    return nil
  end
  return number
end

local function store(number)
  local data = bufferlist.new()
  data:append(string.format("%d", number))
  objclass.write_full(data)
end

-- Answers the number.
function get(input, output)
  local number = stored()
  if not number then
    return -objclass.EBADMSG
  end
  output:append(string.format("%d", number))
end

-- Adds the input (1 when empty; may be negative) and answers the new number. Creates the object.
function add(input, output)
  local step = 1
  if #input > 0 then
    step = whole_number(input:str())
    if not step then
      return -objclass.EINVAL
    end
  end

  -- create(false) makes sure of the object and minds nothing if it is there already.
  objclass.create(false)
  local number = stored()
  if not number then
    return -objclass.EBADMSG
  end

  -- Lua's integers wrap around; a counter must not.
  if step > 0 and number > math.maxinteger - step or step < 0 and number < math.mininteger - step then
    return -objclass.ERANGE
  end
  store(number + step)
  output:append(string.format("%d", number + step))
end

-- Starts again from the input, or from 0. Writes without reading, and so replaces whatever the object holds.
function reset(input, output)
  local start = 0
  if #input > 0 then
    start = whole_number(input:str())
    if not start then
      return -objclass.EINVAL
    end
  end
  store(start)
end

objclass.register(get, "r", "answers the number")
objclass.register(add, "rw", "adds the input (default 1) and answers the new number")
objclass.register(reset, "w", "sets the number to the input (default 0)")
