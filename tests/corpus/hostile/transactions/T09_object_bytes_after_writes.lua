--@id T09
--@kind txn
--@expect limit:host|limit:mem|error
-- MUST OBSERVE: the object is byte for byte what it was: data, xattrs, omap, header.
local function BL(s) local b = bufferlist.new() b:append(s) return b end
local function everything()
  cls.write_full(BL("changed"))
  cls.setxattr("seeded", BL("changed")) cls.setxattr("new", BL("changed"))
  cls.map_set_val("seeded", BL("changed")) cls.map_set_val("new", BL("changed"))
  cls.map_write_header(BL("changed"))
end
function attack(input, output)
  everything()
  local b = BL(("x"):rep(1 << 20))
  for i = 0, 1e6 do cls.write(i << 20, 1 << 20, b) end
end
cls.register(attack)
