--@id T19
--@kind txn
--@expect error|limit:host
-- MUST OBSERVE: the size quota is an error number and the rest of the call is undone; the object is byte for byte what it was: data, xattrs, omap, header.
local function BL(s) local b = bufferlist.new() b:append(s) return b end
local function everything()
  cls.write_full(BL("changed"))
  cls.setxattr("seeded", BL("changed")) cls.setxattr("new", BL("changed"))
  cls.map_set_val("seeded", BL("changed")) cls.map_set_val("new", BL("changed"))
  cls.map_write_header(BL("changed"))
end
function attack(input, output)
  everything()
  cls.write(1 << 40, 1, BL("x"))
end
cls.register(attack)
