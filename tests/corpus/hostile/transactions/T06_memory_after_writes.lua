--@id T06
--@kind txn
--@expect limit:mem
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
  local t = {}
  while true do t[#t + 1] = ("x"):rep(100000) .. #t end
end
cls.register(attack)
