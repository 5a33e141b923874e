-- hello: the tutorial class of Ceph, method for method.
--
--   radula exec greeting hello say_hello Ceph       prints: Hello, Ceph!
--   radula exec greeting hello record_hello Ceph    writes it into the object `greeting`
--   radula exec greeting hello replay               prints what was recorded
--
-- It answers and stores as Ceph's class of the same name, so that programs written for that class can use it. For a
-- first class of your own look at `hellolua`.

-- Longest name we greet, and the most that is read back, in bytes.
local MAX_NAME <const>, MAX_REPLAY <const> = 100, 1100

-- The greeting, nil when the name is too long.
local function greeting(input)
  if #input <= MAX_NAME then
    return "Hello, " .. (#input > 0 and input:str() or "world") .. "!"
  end
end

-- Greets without looking at the object, which must exist.
function say_hello(input, output)
  local text = greeting(input)
  if not text then
    return -objclass.EINVAL
  end
  output:append(text)
end

-- Creates the object with a greeting in it, and notes who said it.
function record_hello(input)
  local text = greeting(input)
  if not text then
    return -objclass.EINVAL
  end
  objclass.create(true)
  objclass.write_full(text)
  objclass.setxattr("said_by", objclass.origin())
end

-- Reads a recorded greeting.
function replay(_, output)
  output:append(objclass.read(0, MAX_REPLAY))
end

-- Writes, and answers too: the answer reaches only clients that ask for answers of writes.
function write_return_data(input, output)
  if #input > 0 then
    output:append("too much input data!")
    return -objclass.EINVAL
  end
  objclass.setxattr("foo", "bar")
  output:append("you might see this")
  return 42
end

-- The same under the name that says what happens with other clients.
function writes_dont_return_data(input, output)
  return write_return_data(input, output)
end

-- Would answer more than the answer of a write may be. Stores nothing.
function write_too_much_return_data()
  return -objclass.EOVERFLOW
end

-- Makes the greeting louder. A missing object becomes an empty one.
function turn_it_to_11(input)
  if #input > 0 then
    return -objclass.EINVAL
  end
  local text = objclass.find_stat() and objclass.read(0, MAX_REPLAY):str() or ""
  objclass.write_full(text:upper())
  objclass.setxattr("amplified_by", objclass.origin())
end

-- Reads, though its flag does not allow it. Ceph answers EIO.
function bad_reader()
  pcall(objclass.read, 0, MAX_REPLAY)
  return -objclass.EIO
end

-- Writes, though its flag does not allow it.
function bad_writer(input)
  pcall(objclass.write_full, input)
  return -objclass.EIO
end

objclass.register(say_hello, "r", "greets the name in the input, or the world")
objclass.register(record_hello, "w", "creates the object with a greeting in it; EEXIST when it exists")
objclass.register(replay, "r", "prints the recorded greeting")
objclass.register(write_return_data, "w", "writes, and answers 42 and a text")
objclass.register(writes_dont_return_data, "w", "the same as write_return_data")
objclass.register(write_too_much_return_data, "w", "EOVERFLOW: too much to answer")
objclass.register(turn_it_to_11, "rw", "turns the recorded greeting into upper case")
objclass.register(bad_reader, "w", "reads without the flag for it: EIO")
objclass.register(bad_writer, "r", "writes without the flag for it: EIO")
