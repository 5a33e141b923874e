--@id T17
--@kind txn
--@expect error|limit:host
-- MUST OBSERVE: a write at the end of 64 bits is an error, not a wrap-around or an allocation; the object is byte for byte what it was: data, xattrs, omap, header.
local function BL(s) local b = bufferlist.new() b:append(s) return b end
local function everything()
  cls.write_full(BL("changed"))
  cls.setxattr("seeded", BL("changed")) cls.setxattr("new", BL("changed"))
  cls.map_set_val("seeded", BL("changed")) cls.map_set_val("new", BL("changed"))
  cls.map_write_header(BL("changed"))
end
function attack(input, output)
  cls.write(math.maxinteger, 4, BL("far!"))
end
cls.register(attack)
