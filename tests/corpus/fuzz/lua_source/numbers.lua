function attack(i, o)
  o:append(table.concat({math.maxinteger + 1, 7 // 2, -7 % 3, 2^53, 1/0, math.tointeger(3.0), ("0x10" + 1), string.pack("<i4", 5):len(), utf8.char(228, 8364)}, " "))
end
cls.register(attack)
