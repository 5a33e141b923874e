-- hello: the methods of Ceph's class of this name that its tests of librados call.

function say_hello(input, output)
  if #input > 100 then
    return -objclass.EINVAL
  end
  output:append("Hello, " .. (#input == 0 and "world" or input:str()) .. "!")
end

-- Writes a greeting once.
function record_hello(input)
  if #input > 100 then
    return -objclass.EINVAL
  end
  local size = pcall(objclass.stat) and objclass.stat() or 0
  if size > 0 then
    return -objclass.EEXIST
  end
  local greeting = bufferlist.new("Hello, " .. (#input == 0 and "world" or input:str()) .. "!")
  objclass.write_full(greeting)
  objclass.setxattr("recipient", input)
end

-- Writes, and answers too: what the client asked for with RETURNVEC arrives.
function write_return_data(_, output)
  pcall(objclass.write_full, "foo")
  output:append("you might see this")
  return 42
end

function write_too_much_return_data(_, output)
  output:append(("a"):rep(1024))
  objclass.write_full("foo")
end

function replay(_, output)
  local greeting = objclass.read(0, 1000)
  output:append(greeting:str())
end

function turn_it_to_11()
  local greeting = objclass.read(0, 0):str()
  objclass.write_full(greeting:upper())
end

objclass.register(say_hello, "w")
objclass.register(record_hello, "rw")
objclass.register(write_return_data, "rw")
objclass.register(write_too_much_return_data, "rw")
objclass.register(replay, "r")
objclass.register(turn_it_to_11, "rw")
