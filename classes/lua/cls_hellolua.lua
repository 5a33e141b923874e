-- hellolua: the smallest useful class, after the `hello` class of Ceph.
--
--   radula exec greeting hellolua say_hello Ceph       prints: Hello, Ceph! (from Lua)
--   radula exec greeting hellolua record_hello Ceph    writes it into the object `greeting`
--   radula exec greeting hellolua replay               prints what was recorded
--
-- Every method has this shape: it gets the client's input and an empty output, both bufferlists, and answers with
-- its return value. Nothing or a number from 0 up is a success; a negative number is an error, and then nothing
-- the method wrote is kept.

-- Longest name we greet, in bytes.
local MAX_NAME <const> = 100

local function greeting(input)
  local name = #input > 0 and input:str() or "world"
  return "Hello, " .. name .. "! (from Lua)"
end

-- Greets without looking at the object.
function say_hello(input, output)
  if #input > MAX_NAME then
    return -objclass.EINVAL
  end
  output:append(greeting(input))
end

-- Creates the object with a greeting in it. Only the first caller succeeds.
function record_hello(input, output)
  if #input > MAX_NAME then
    return -objclass.EINVAL
  end
  -- Fails with EEXIST when the object is there; a failed call ends the method with its error number.
  objclass.create(true)

  local content = bufferlist.new()
  content:append(greeting(input))
  objclass.write_full(content)

  -- Both writes are applied together, or neither.
  local said_by = bufferlist.new()
  said_by:append(objclass.origin())
  objclass.setxattr("said_by", said_by)
end

-- Reads a recorded greeting.
function replay(input, output)
  local size = objclass.stat()
  output:append(objclass.read(0, size):str())
end

-- Makes a recorded greeting louder: reads the object and writes it again, as one step.
function turn_it_to_11(input, output)
  if #input > 0 then
    return -objclass.EINVAL
  end
  local size = objclass.stat()
  local louder = bufferlist.new()
  louder:append(objclass.read(0, size):str():upper())
  objclass.write_full(louder)

  local amplified_by = bufferlist.new()
  amplified_by:append(objclass.origin())
  objclass.setxattr("amplified_by", amplified_by)
end

-- The flags say what a method may do to the object ("r", "w", "rw"), the text is for `radula class show hellolua`.
--
-- say_hello touches nothing, yet has "w": a method without it answers ENOENT when the object does not exist, and a
-- greeting should not depend on that.
objclass.register(say_hello, "w", "greets the name in the input, or the world")
objclass.register(record_hello, "w", "creates the object with a greeting in it; EEXIST when it exists")
objclass.register(replay, "r", "prints the recorded greeting")
objclass.register(turn_it_to_11, "rw", "turns the recorded greeting into upper case")
