function attack(i, o)
  local s = ("ab"):rep(10) .. string.format("%5.2f %q %s", 3.25, "x\n", {}) 
  o:append(s:gsub("(a)(b)", "%2%1")) o:append(tostring(s:find("b+$", -3)))
end
cls.register(attack)
