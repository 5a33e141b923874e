--@id T13
--@kind txn
--@expect error
-- MUST OBSERVE: the object is byte for byte what it was: data, xattrs, omap, header.
local function BL(s) local b = bufferlist.new() b:append(s) return b end
local function everything()
  cls.write_full(BL("changed"))
  cls.setxattr("seeded", BL("changed")) cls.setxattr("new", BL("changed"))
  cls.map_set_val("seeded", BL("changed")) cls.map_set_val("new", BL("changed"))
  cls.map_write_header(BL("changed"))
end
function attack(input, output)
  cls.remove()
  cls.create(true)
  everything()
  error("after a new life")
end
cls.register(attack)
