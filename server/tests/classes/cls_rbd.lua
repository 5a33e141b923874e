-- rbd: two methods of Ceph's class of this name, which its tests of librados call.

-- Fails on objects that are no images, as theirs does.
function get_id(_, output)
  local id = objclass.read(0, 0):str()
  if #id == 0 then
    return -objclass.ENOENT
  end
  local length = string.unpack("<I4", id)
  if #id < 4 + length then
    return -objclass.EIO
  end
  output:append(id:sub(1, 4 + length))
end

function get_all_features(_, output)
  output:append(string.pack("<I8", 0xfff))
end

objclass.register(get_id, "r")
objclass.register(get_all_features, "r")
