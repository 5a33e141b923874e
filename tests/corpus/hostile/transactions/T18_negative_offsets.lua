--@id T18
--@kind txn
--@expect error
-- MUST OBSERVE: negative offsets and lengths are errors; nothing is written; the object is byte for byte what it was: data, xattrs, omap, header.
local function BL(s) local b = bufferlist.new() b:append(s) return b end
local function everything()
  cls.write_full(BL("changed"))
  cls.setxattr("seeded", BL("changed")) cls.setxattr("new", BL("changed"))
  cls.map_set_val("seeded", BL("changed")) cls.map_set_val("new", BL("changed"))
  cls.map_write_header(BL("changed"))
end
function attack(input, output)
  local done = 0
  for _, offset in ipairs { -1, math.mininteger } do
    if pcall(cls.write, offset, 4, BL("nope")) then done = done + 1 end
    if pcall(cls.read, offset, 4) then done = done + 1 end
  end
  if done > 0 then output:append("BREACH negative offset accepted") end
  error("as it should be")
end
cls.register(attack)
