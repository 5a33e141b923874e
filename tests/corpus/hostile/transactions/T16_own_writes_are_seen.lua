--@id T16
--@kind txn
--@expect ok
-- MUST OBSERVE: a call reads what it wrote, and the effects are there afterwards.
local function BL(s) local b = bufferlist.new() b:append(s) return b end
local function everything()
  cls.write_full(BL("changed"))
  cls.setxattr("seeded", BL("changed")) cls.setxattr("new", BL("changed"))
  cls.map_set_val("seeded", BL("changed")) cls.map_set_val("new", BL("changed"))
  cls.map_write_header(BL("changed"))
end
function attack(input, output)
  everything()
  if cls.read(0, 100):str() ~= "changed" then output:append("BREACH read is stale") end
  if cls.getxattr("new"):str() ~= "changed" then output:append("BREACH xattr is stale") end
  if cls.map_get_val("new"):str() ~= "changed" then output:append("BREACH omap is stale") end
  output:append("OK")
end
cls.register(attack)
