--- rep1: limit
while true do local s=("x"):rep(8000000) end

--- rep_sep: limit
while true do local s=(""):rep(1<<40, "") end

--- rep_sep2: limit
while true do pcall(string.rep, "ab", 3000000, ",") end

--- upper: limit
local s=("x"):rep(5000000) while true do s:upper() end

--- reverse: limit
local s=("x"):rep(5000000) while true do s:reverse() end

--- byte_many: limit
local s=("x"):rep(500000) while true do pcall(string.byte,s,1,-1) end

--- fmt_q: limit
local s=("\1"):rep(1000000) while true do string.format("%q",s) end

--- fmt_pct: limit
local s=("%%"):rep(2000000) while true do string.format(s) end

--- fmt_many: limit
local f=("%99.99f"):rep(20) while true do string.format(f,1e308,1e308,1e308,1e308,1e308,1e308,1e308,1e308,1e308,1e308,1e308,1e308,1e308,1e308,1e308,1e308,1e308,1e308,1e308,1e308) end

--- fmt_s: limit
local s=("x"):rep(4000000) while true do string.format("%.3s",s) end

--- fmt_tiny: limit
while true do string.format("%.99g %a %e",5e-324,1/3,1e-310) end

--- pack_pad: limit
while true do string.pack("c8000000","") end

--- pack_many: limit
local f=("b"):rep(200000) local t={} for i=1,200000 do t[i]=1 end while true do string.pack(f,table.unpack(t)) end

--- packsize: limit
local f=("!8 i8 "):rep(500000) while true do pcall(string.packsize,f) end

--- packsize_c0: limit
local f="c"..("0"):rep(5000000) while true do pcall(string.packsize,f) end

--- unpack_x: limit
local f=("x"):rep(5000000) local s=("y"):rep(5000000) while true do string.unpack(f,s) end

--- unpack_z: limit
local f=("z"):rep(10) local s=("y"):rep(2000000).."\0" while true do pcall(string.unpack,f,s) end

--- tonumber_sp: limit
local s=(" "):rep(5000000).."1" while true do tonumber(s) end

--- tonumber_base: limit
local s=("1"):rep(5000000) while true do tonumber(s,36) end

--- tonumber_dig: limit
local s=("1"):rep(5000000) while true do tonumber(s) end

--- arith_str: limit
local s=(" "):rep(5000000).."1" while true do local x=s+1 end

--- arith_str2: limit
local s=("0"):rep(5000000).."1" while true do local x=-s end

--- rawequal: limit
local a=("x"):rep(5000000) local b=a.."y" a=a.."y" while true do rawequal(a,b) end

--- utf8_len: limit
local s=("x"):rep(5000000) while true do utf8.len(s) end

--- utf8_offset: limit
local s="a"..("\x80"):rep(5000000) while true do utf8.offset(s,2) utf8.offset(s,-1) utf8.offset(s,0,#s) end

--- utf8_codes: limit
local s="a"..("\x80"):rep(5000000) local f=utf8.codes("a") while true do pcall(f,s,1) end

--- utf8_codepoint: limit
local s=("x"):rep(500000) while true do pcall(utf8.codepoint,s,1,-1) end

--- utf8_char: limit
local t={} for i=1,200000 do t[i]=1114111 end while true do utf8.char(table.unpack(t)) end
