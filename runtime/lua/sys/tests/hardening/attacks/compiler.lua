--- elseif: limit
local s={"local a if a==1 then "} for i=2,70000 do s[i]="elseif a then " end s[#s+1]=" end" local src=table.concat(s) while true do local f,e=load(src) end

--- andchain: limit
local src="local a return "..("a and "):rep(150000).."a" while true do local f,e=load(src) end

--- orchain: limit
local src="local a return "..("a or "):rep(150000).."a" while true do local f,e=load(src) end

--- gotos: limit
local s={} for i=1,30000 do s[i]="goto x " end s[#s+1]="::x::" local src=table.concat(s) while true do load(src) end

--- labels: limit
local s={} for i=1,30000 do s[i]="::x"..i..":: " end local src=table.concat(s) while true do load(src) end

--- gotos_unresolved: limit
local s={} for i=1,30000 do s[i]="do goto x"..i.." end " end local src=table.concat(s) while true do load(src) end

--- nested_blocks_gotos: limit
local src=("do "):rep(180)..("goto x "):rep(30000)..("end "):rep(180).."::x::" while true do load(src) end

--- names_deep: limit
local s={} for d=1,90 do s[#s+1]="local function f() " for i=1,180 do s[#s+1]="local a"..d.."_"..i.." " end end for i=1,50000 do s[#s+1]="g=g " end for d=1,90 do s[#s+1]=" end " end local src=table.concat(s) while true do local f,e=load(src) end

--- constlocals: limit
local s={} for i=1,199 do s[#s+1]="local a"..i.." <const> = 1 " end for i=1,100000 do s[#s+1]="g(1) " end local src=table.concat(s) while true do load(src) end

--- comment8m: limit
local src="--"..("x"):rep(7000000) while true do load(src) end

--- spaces: limit
local src=(" "):rep(7000000) while true do load(src) end

--- newlines: limit
local src=("\n"):rep(7000000) while true do load(src) end

--- longstr: limit
local src="return [["..("x"):rep(3000000).."]]" while true do load(src) end

--- numeral: limit
local src="return "..("1"):rep(3000000) while true do load(src) end

--- hexfloatnum: limit
local src="return 0x"..("1"):rep(3000000)..".8p1" while true do load(src) end

--- jmpchain: limit
local s={} for i=1,15000 do s[i]="::a"..i..":: goto a"..(i+1).." " end s[#s+1]="::a15001::" local src=table.concat(s) while true do load(src) end

--- load_reader: limit
load(function() return " " end)

--- load_reader2: limit
load(function() return "--x\n" end)

--- load_reader3: limit
local n=0 load(function() n=n+1 return "a"..n.."=1 " end)
