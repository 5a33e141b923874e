-- cephfs: what is known of a file by the objects that hold its data.
--
-- The methods, encodings and error numbers are those of Ceph's class of this name; `cephfs-data-scan` calls it.

local T <const> = ceph.types {
  "accumulate_op", "{1 1| ceiling_xattr:str mtime_xattr:str size_xattr:str obj_index:u64 obj_size:u64 mtime:i64}",
  "ceiling", "{1 1| id:u64 size:u64}",
  "size", "u64",
  "mtime", "i64",
}

-- Sets an xattr if `value` is greater than what it holds. What cannot be read, or holds more, is replaced.
local function raise(name, of, value, is_less)
  local raw = cls.find_xattr(name)
  if raw and #raw > 0 then
    local readable, stored, after = pcall(of.at, of, raw, 1)
    if readable and after == #raw + 1 and not is_less(stored, value) then return end
  end
  cls.setxattr(name, of:encode(value))
end

function accumulate_inode_metadata(op)
  cls.create(false)
  raise(op.ceiling_xattr, T.ceiling, { id = op.obj_index, size = op.obj_size },
    function(a, b) return math.ult(a.id, b.id) end)
  raise(op.mtime_xattr, T.mtime, op.mtime, function(a, b) return a < b end)
  raise(op.size_xattr, T.size, op.obj_size, math.ult)
end

cls.register(accumulate_inode_metadata, "rw", "takes in what one object of a file says about the file", { input = T.accumulate_op })
