-- numops: numbers in the omap of an object, changed in one step.
--
--   radula exec tallies numops add "$input"     input: key and number, as Ceph's client library encodes them
--
-- It answers and stores as Ceph's class of the same name, byte for byte, so that clients of that class can use it.
-- Each omap value is a decimal text; a missing or empty one counts as 0. The client makes `sub` and `div` of these two.

local T <const> = ceph.types { "operands", "(key:str number:str)" }

-- The number in a text, as C's `strtod` reads it; nil when something is left over. A zero byte ends the text.
local function number_of(text)
  text = text:match("^[^\0]*")
  if text == "" then
    return 0.0
  end
  text = text:gsub("^%s+", "")
  local sign, word = text:match("^([+-]?)(%a+)$")
  word = word and word:lower()
  if word == "inf" or word == "infinity" then
    return sign == "-" and -math.huge or math.huge
  elseif word == "nan" then
    return 0.0 / 0.0
  end
  -- `tonumber` takes blanks at the end, which `strtod` leaves over.
  if text:find("%s$") then
    return nil
  end
  -- A hexadecimal integer would wrap; with an exponent it is a floating-point number.
  if text:find("^[+-]?0[xX]") and not text:find("[pP]") then
    text = text .. "p0"
  end
  local number = tonumber(text)
  return number and number + 0.0
end

-- As C prints it with %.10g: NaN without the sign that the machine may give it.
local function text_of(number)
  if number ~= number then
    return "nan"
  end
  return string.format("%.10g", number)
end

-- Replaces the number under a key by `combine(stored, given)`.
local function change(input, combine)
  local operands = T.operands:decode(input)
  local given = number_of(operands.number)
  if not given then
    return -objclass.EINVAL
  end
  local stored = objclass.find_val(operands.key)
  local old = number_of(stored and stored:str() or "")
  if not old then
    return -objclass.EBADMSG
  end
  objclass.map_set_val(operands.key, text_of(combine(old, given)))
end

-- Adds the number to the one stored.
function add(input)
  return change(input, function(old, given)
    return old + given
  end)
end

-- Multiplies the one stored by the number.
function mul(input)
  return change(input, function(old, given)
    return old * given
  end)
end

objclass.register(add, "rw", "adds a number to the one under a key")
objclass.register(mul, "rw", "multiplies the number under a key")
