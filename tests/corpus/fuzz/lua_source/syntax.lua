goto done do local a <const> = 0x1p4 // 3 ~ 5 & 6 | 7 << 2 >> 1 end ::done::
local s = [==[ ]] ]==] --[[ c ]] return "\u{48}\x41\065\z
  x"