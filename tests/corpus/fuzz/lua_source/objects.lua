local function BL(s) local b = bufferlist.new() b:append(s) return b end
function attack(i, o)
  cls.write(3, 2, BL("zz")) cls.setxattr("a", BL("b")) cls.map_set_vals({k = "v", [1] = "w"})
  o:append(cls.read(0, 5)) o:append(cls.map_get_val("k"))
  for k in pairs(cls.map_get_keys("", 10)) do o:append(k) end
  pcall(cls.create, true) cls.log(1, "x", 2) return 3
end
cls.register(attack)
